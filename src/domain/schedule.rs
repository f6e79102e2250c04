//! cron + zone + calendar → due times and periods.
