#!/usr/bin/env python3
"""A new user's way from an empty Debian root to the first receipt: trial.py DEB zh|en FOLDER, where FOLDER holds `root` and `provider`.

The transcript goes to standard output. Answers are typed at a terminal, two seconds each. Run it in a mount namespace of its own."""
import email, email.policy, glob, os, pty, select, shutil, signal, subprocess, sys, time
deb, lang, work = sys.argv[1:4]
ROOT, PROV = work + '/root', work + '/provider'
HERE = os.path.dirname(os.path.abspath(__file__))
out = sys.stdout
begun = None
def note(text):
    t = '' if begun is None else '%5.1f s  ' % (time.time() - begun)
    out.write(f'\n=== {t}{text}\n'); out.flush()
ENV = {'PATH': '/usr/sbin:/usr/bin:/sbin:/bin', 'HOME': '/root', 'TERM': 'dumb', 'DEBIAN_FRONTEND': 'noninteractive',
       'LANG': 'zh_CN.UTF-8' if lang == 'zh' else 'en_GB.UTF-8'}
def type_in(command, answers=(), pause=2.0):
    """Runs a command in the root at a terminal; types each answer once a prompt stands there."""
    out.write(f'\nroot@office:~# {command}\n'); out.flush()
    pid, fd = pty.fork()
    if pid == 0:
        os.chroot(ROOT); os.chdir('/root')
        os.execve('/bin/bash', ['bash', '-c', command], ENV)
    answers, buffer, quiet = list(answers), '', time.time()
    while True:
        ready, _, _ = select.select([fd], [], [], 0.2)
        if ready:
            try: data = os.read(fd, 65536)
            except OSError: break
            if not data: break
            text = data.decode('utf-8', 'replace').replace('\r\n', '\n')
            out.write(text); out.flush(); buffer += text; quiet = time.time()
        elif answers and time.time() - quiet > 0.3 and buffer and not buffer.endswith('\n'):
            time.sleep(pause)               # a person reads and types
            os.write(fd, (answers.pop(0) + '\n').encode()); buffer = ''; quiet = time.time()
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    if code: out.write(f'[exit {code}]\n')
    return code
# The world around: names of the provider, its certificate, the sources of packages.
hosts = '127.0.0.1 localhost office\n127.0.0.77 imap.city.example smtp.city.example\n'
open(ROOT + '/etc/hosts', 'w').write(hosts)
shutil.copy('/etc/resolv.conf', ROOT + '/etc/resolv.conf')
os.makedirs(ROOT + '/usr/local/share/ca-certificates', exist_ok=True)
shutil.copy(PROV + '/ca.pem', ROOT + '/usr/local/share/ca-certificates/example-ca.crt')
shutil.copy(deb, ROOT + '/root/zhibao.deb')
for mount in ('proc', 'dev'):
    subprocess.run(['mountpoint', '-q', f'{ROOT}/{mount}']).returncode and subprocess.run(['mount', '--bind', f'/{mount}', f'{ROOT}/{mount}'], check=True)
if lang == 'zh':
    table = '单位名称,邮箱,姓名,角色,辖区,电话\n盂县,yuxian@city.example,李敏,专职,盂县,0353-1\n平定县,pingding@city.example,王强,兼职,平定,0353-2\n'
    open(ROOT + '/root/名册.csv', 'wb').write(table.encode('gb18030'))   # as a spreadsheet in Chinese saves it
    answers = ['阳泉市委办公厅信息科', 'xinxi@city.example', 'xinxi@city.example', 'zhiban@city.example', '名册.csv', '朱主任 <zhuren@city.example>',
               'imap.city.example', 'kouling-xinxi', 'authserv', 'authserv mx.city.example', '', '']
    table_note = '名册.csv (GB18030): ' + table
else:
    table = 'Unit,E-mail,Person,Places\nYuxian,yuxian@city.example,Ann,Yuxian\nPingding,pingding@city.example,Bob,Pingding\n'
    open(ROOT + '/root/units.csv', 'w').write(table)
    answers = ['Information section', 'xinxi@city.example', 'xinxi@city.example', 'zhiban@city.example', '', 'Chief <zhuren@city.example>',
               'imap.city.example', 'kouling-xinxi', 'authserv', 'authserv mx.city.example', '', '']
    table_note = 'units.csv: ' + table
for d in ('xinxi', 'yuxian', 'zhiban', 'zhuren'):
    for f in glob.glob(f'{PROV}/mail/{d}/new/*') + glob.glob(f'{PROV}/mail/{d}/cur/*'): os.remove(f)
note('An empty Debian root (debootstrap --variant=minbase), the provider on loopback. ' + table_note)
type_in('LC_ALL=C apt-get update -q 2>&1 | tail -1')
begun = time.time()
note('The clock starts: the package')
type_in('LC_ALL=C apt-get install -yq ./zhibao.deb 2>&1 | tail -4')
note('zhibao init')
if type_in('zhibao init', answers): sys.exit('init failed')
note('What it wrote')
type_in('ls -l /etc/zhibao')
note('check --online')
prefix = 'runuser -u zhibao -- zhibao '
code = type_in(prefix + 'check --online')
if code: note('check --online FAILED')
note('run')
out.write(f'\nroot@office:~# {prefix}run &\n')
daemon_log = open(work + '/daemon.log', 'wb')
pid = os.fork()
if pid == 0:
    os.dup2(daemon_log.fileno(), 2); os.dup2(daemon_log.fileno(), 1)
    os.setsid(); os.chroot(ROOT); os.chdir('/root')
    os.execve('/sbin/runuser', ['runuser', '-u', 'zhibao', '--', 'zhibao', 'run'], ENV)
time.sleep(2)
subject = '【零报告】盂县' if lang == 'zh' else '[ZERO] Yuxian'
note(f'yuxian@city.example sends “{subject}” to xinxi@city.example')
sent = time.time()
subprocess.run(['python3', HERE + '/send.py', 'yuxian@city.example', subject, ('今日无突发事件。' if lang == 'zh' else 'Nothing to report today.')], check=True)
receipt = None
while time.time() - sent < 60 and not receipt:
    for f in glob.glob(f'{PROV}/mail/yuxian/new/*'):
        receipt = email.message_from_binary_file(open(f, 'rb'), policy=email.policy.default)
    time.sleep(0.1)
if receipt is None:
    note('NO RECEIPT'); out.write(open(work + '/daemon.log').read())
else:
    note('First receipt, %.1f s after the report was sent, %.1f s after the package was begun' % (time.time() - sent, time.time() - begun))
    for h in ('From', 'To', 'Subject', 'Date', 'X-Zhibao-Notice', 'X-Zhibao-Submission', 'X-Zhibao-Unit'): out.write(f'{h}: {receipt[h]}\n')
    out.write('\n' + receipt.get_body(('plain',)).get_content() + '\n')
note('status')
type_in(prefix + 'status')
note('What the daemon logged')
out.write(open(work + '/daemon.log').read())
note('The test mail of check --online, at the desk')
for f in glob.glob(f'{PROV}/mail/zhiban/new/*'):
    m = email.message_from_binary_file(open(f, 'rb'), policy=email.policy.default)
    out.write(f'Subject: {m["Subject"]}\n\n{m.get_body(("plain",)).get_content()}\n')
note('The files')
type_in('cat /etc/zhibao/zhibao.toml; echo ------; cat /etc/zhibao/network.toml')
os.killpg(pid, signal.SIGTERM); os.waitpid(pid, 0)
for mount in ('proc', 'dev'): subprocess.run(['umount', f'{ROOT}/{mount}'])
sys.exit(receipt is None or code != 0)
