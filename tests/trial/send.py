import smtplib,sys,time
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
who, subject, body = sys.argv[1], sys.argv[2], sys.argv[3]
m=EmailMessage(); m['From']=who; m['To']='xinxi@city.example'; m['Subject']=subject; m['Date']=formatdate(localtime=True); m['Message-ID']=make_msgid(domain='city.example'); m.set_content(body)
s=smtplib.SMTP('127.0.0.77',25); s.send_message(m); s.quit()
