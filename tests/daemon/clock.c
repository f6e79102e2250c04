/* A wall clock that is so many seconds ahead as the file FAKE_CLOCK says, and a clock of spans that is so many ahead as FAKE_MONOTONIC
   says: for a program that is started with this preloaded.
   It asks for no memory, so that it gets on with every way of giving memory out. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t id, struct timespec *now) {
    long failed = syscall(SYS_clock_gettime, id, now);
    const char *path = id == CLOCK_REALTIME ? getenv("FAKE_CLOCK") : id == CLOCK_MONOTONIC ? getenv("FAKE_MONOTONIC") : NULL;
    if (failed || !path) return (int)failed;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    char text[32] = {0};
    if (read(file, text, sizeof text - 1) > 0) now->tv_sec += strtol(text, NULL, 10);
    close(file);
    return 0;
}
