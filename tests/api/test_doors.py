#!/usr/bin/python3
"""By which door browsers come in: TLS with the node's own authority or with a certificate that was given, and what is refused."""

import hashlib
import http.client
import json
import shutil
import socket
import ssl
import subprocess
import sys
import time

from harness import SANJAL, Client, Lazy, Tests, environment, free_port, must_run, report, run, two_children

tests = Tests()
the_node = Lazy()
own = {}


class TlsClient(Client):
    """The same person over TLS, who trusts one authority and nobody else."""

    def __init__(self, port, root, name='localhost'):
        super().__init__(f'https://{name}:{port}')
        self.trust = ssl.create_default_context(cafile=str(root))
        self.name = name

    def raw(self, *args, **options):
        if self.connection is None:
            self.connection = http.client.HTTPSConnection(self.name, self.port, timeout=60, context=self.trust)
        return super().raw(*args, **options)


def start(arguments, port, wait=60):
    """The shared node's directory, served in another way; says what it says."""
    node = the_node()
    if node.process is not None:
        node.stop()
    log = node.folder / 'doors'
    out = open(log, 'wb')
    node.process = subprocess.Popen([str(SANJAL), 'serve', str(node.directory), '--port', str(port), *map(str, arguments)], env=environment(), stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    until = time.monotonic() + wait
    while 'stop with Ctrl-C' not in log.read_text('utf-8', 'replace'):
        assert node.process.poll() is None and time.monotonic() < until, log.read_text('utf-8', 'replace')
        time.sleep(0.05)
    node.port = port
    return log.read_text('utf-8')


def plain(port, target, method='GET'):
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=20)
    connection.request(method, target)
    response = connection.getresponse()
    return response, response.read()


def serve_own():
    if 'port' not in own:
        own['port'] = free_port()
        own['said'] = start(['--listen', '0.0.0.0'], own['port'])
        own['root'] = the_node().directory / 'authority.pem'
    return own['port']


@tests('without TLS the node serves this computer alone, and says so instead of starting')
def plain_outside():
    node = the_node()
    if node.process is not None:
        node.stop()
    for arguments, code in ((['--listen', '0.0.0.0', '--plain'], 'doors.plain'), (['--listen', '192.0.2.7', '--plain'], 'doors.plain'), (['--certificate', '/nonexistent.pem'], 'http.certificate'),
                            (['--certificate', __file__, '--key', __file__], 'http.certificate'), (['--plain', '--certificate', __file__, '--key', __file__], 'doors.both')):
        ran = run('serve', node.directory, '--port', free_port(), *arguments)
        assert ran.code in (1, 3) and f'[{code}]' in ran.err, (arguments, ran)
    assert 'Leave out --plain' in run('serve', node.directory, '--listen', '0.0.0.0', '--plain').err
    node.serve()


@tests('with its own authority the API is spoken over TLS to who trusts the root, by name and by address; a report goes through')
def own_authority():
    port = serve_own()
    account = the_node().account('police')
    client = TlsClient(port, own['root'])
    opened = client.sign_in(account['user'], account['password'])
    assert opened.status == 201, opened
    cookie = opened.set_cookie
    assert cookie.startswith('__Host-') and '; Secure' in cookie and '; HttpOnly' in cookie and 'SameSite=Strict' in cookie, cookie
    assert opened.headers['strict-transport-security'].startswith('max-age=63072000'), opened.headers
    assert report(client, two_children())['records']['case']
    assert TlsClient(port, own['root'], '127.0.0.1').raw('GET', '/healthz').status == 200
    assert client.raw('GET', '/healthz', headers={'Host': 'elsewhere.example'}).status == 421


@tests('whoever does not trust the root, or trusts another one, does not get through')
def not_trusted():
    port = serve_own()
    other = own['root'].parent / 'other.pem'
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=other', '-keyout', '/dev/null', '-out', str(other)], check=True, capture_output=True)
    for trusts in (other, None):
        try:
            context = ssl.create_default_context(cafile=str(trusts) if trusts else None)
            context.wrap_socket(socket.create_connection(('127.0.0.1', port)), server_hostname='localhost')
            raise AssertionError('a certificate was believed that nobody vouches for')
        except ssl.SSLCertVerificationError:
            pass
    try:
        ssl.create_default_context(cafile=str(own['root'])).wrap_socket(socket.create_connection(('127.0.0.1', port)), server_hostname='bank.example.com')
        raise AssertionError('the certificate spoke for another name')
    except ssl.SSLCertVerificationError:
        pass
    done = subprocess.run(['curl', '--silent', '--show-error', '--noproxy', '*', '--cacert', str(own['root']), f'https://localhost:{port}/healthz'], capture_output=True, check=False)
    assert done.returncode == 0 and json.loads(done.stdout)['status'] == 'ok', done


@tests('the root may speak for local names and addresses alone, and its key never lies open')
def root_is_narrow():
    port = serve_own()
    said = subprocess.run(['openssl', 'x509', '-in', str(own['root']), '-noout', '-text'], check=True, capture_output=True, text=True).stdout
    for wanted in ('Name Constraints: critical', 'CA:TRUE, pathlen:0', 'IP:192.168.0.0/255.255.0.0', 'DNS:local'):
        assert wanted in said, (wanted, said)
    leaf = ssl.get_server_certificate(('127.0.0.1', port))
    shown = subprocess.run(['openssl', 'x509', '-noout', '-text'], input=leaf, check=True, capture_output=True, text=True).stdout
    for wanted in ('DNS:localhost', 'IP Address:127.0.0.1', 'CA:FALSE', 'TLS Web Server Authentication'):
        assert wanted in shown, (wanted, shown)
    sealed = (own['root'].parent / 'authority.key').read_bytes()
    assert b'PRIVATE' not in sealed and (own['root'].parent / 'authority.key').stat().st_mode & 0o77 == 0
    der = ssl.PEM_cert_to_DER_cert(own['root'].read_text())
    print_ = hashlib.sha256(der).hexdigest().upper()
    print_ = ':'.join(print_[i:i + 2] for i in range(0, 64, 2))
    assert print_ in own['said'], own['said']
    account = the_node().account('police')
    client = TlsClient(port, own['root'])
    assert client.sign_in(account['user'], account['password']).status == 201
    doors = client.get('/doors').json
    assert doors['certificate'] == 'own' and doors['fingerprint'] == print_, doors
    assert all(address.startswith('https://') for address in doors['addresses']) and all(one.startswith('http://') and one.endswith('/trust') for one in doors['trust']), doors


@tests('plain HTTP at the TLS port hears a sentence, and finds nothing but the page by which a phone learns whom to trust')
def plain_at_tls():
    port = serve_own()
    for method, target in (('GET', '/healthz'), ('GET', '/api/v1/packs'), ('GET', '/metrics'), ('GET', '/index.html'), ('GET', '/worker.js'), ('POST', '/api/v1/sessions'), ('DELETE', '/trust')):
        response, body = plain(port, target, method)
        assert response.status == 426 and json.loads(body)['code'] == 'request.no_tls' and 'https://' in json.loads(body)['detail'], (method, target, response.status, body[:300])
        assert response.getheader('set-cookie') is None and response.getheader('strict-transport-security') is None
    response, body = plain(port, '/trust')
    assert response.status == 200 and b'/authority.crt' in body, body[:200]
    for language in ('hi', 'bn', 'as', 'ne'):
        assert f'lang="{language}"'.encode() in body, language
    response, body = plain(port, '/authority.crt')
    assert response.status == 200 and response.getheader('content-type') == 'application/x-x509-ca-cert'
    assert body == ssl.PEM_cert_to_DER_cert(own['root'].read_text())
    for bytes_ in (b'\x16', b'\x16\x03\x01\x00\x05hello', b'\x80\x2e\x01\x00\x02', b'\x00' * 64, b'SSH-2.0-OpenSSH_9.2\r\n'):
        with socket.create_connection(('127.0.0.1', port), timeout=20) as probe:
            probe.sendall(bytes_)
            probe.shutdown(socket.SHUT_WR)
            while probe.recv(4096):
                pass
    assert TlsClient(port, own['root']).raw('GET', '/healthz').status == 200


@tests('after a new start phones still trust the node: the root is the same, the certificate another')
def starts_again():
    port = serve_own()
    before, leaf = own['root'].read_bytes(), ssl.get_server_certificate(('127.0.0.1', port))
    start(['--listen', '0.0.0.0'], port)
    assert own['root'].read_bytes() == before and ssl.get_server_certificate(('127.0.0.1', port)) != leaf
    assert TlsClient(port, own['root']).raw('GET', '/healthz').status == 200


@tests('a backup brings the authority along, so that no phone is visited again')
def backed_up():
    serve_own()
    node = the_node()
    if node.store_options:
        return  # PostgreSQL has its own tools
    ledger, keys, back = node.folder / 'b-ledger', node.folder / 'b-keys', node.folder / 'b-back'
    must_run('backup', node.directory, '--out', ledger, '--keys', keys)
    must_run('restore', back, '--from', ledger, '--keys', keys)
    for name in ('authority.pem', 'authority.key'):
        assert (back / name).read_bytes() == (node.directory / name).read_bytes(), name


@tests('a certificate that was given is used, and refused where it has ended or fits no key')
def given():
    folder = the_node().folder / 'given'
    folder.mkdir()

    def make(name, days='30'):
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost',
                        '-days', days, '-keyout', str(folder / f'{name}.key'), '-out', str(folder / f'{name}.pem')], check=True, capture_output=True)

    make('a')
    make('b')
    port = free_port()
    start(['--certificate', folder / 'a.pem', '--key', folder / 'a.key'], port)
    own.pop('port', None)
    assert TlsClient(port, folder / 'a.pem').raw('GET', '/healthz').status == 200
    the_node().stop()
    ran = run('serve', the_node().directory, '--port', port, '--certificate', folder / 'a.pem', '--key', folder / 'b.key')
    assert ran.code == 3 and '[http.key]' in ran.err, ran
    make_ended(folder)
    ran = run('serve', the_node().directory, '--port', port, '--certificate', folder / 'ended.pem', '--key', folder / 'ended.key')
    assert ran.code == 1 and '[http.certificate_ended]' in ran.err, ran
    shutil.rmtree(folder)


def make_ended(folder):
    """A certificate of last year."""
    from datetime import datetime, timedelta
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, 'localhost')])
    now = datetime.utcnow()
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
            .not_valid_before(now - timedelta(days=400)).not_valid_after(now - timedelta(days=1)).sign(key, hashes.SHA256()))
    (folder / 'ended.pem').write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / 'ended.key').write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))


if __name__ == '__main__':
    try:
        code = tests.main()
    finally:
        the_node.close()
    sys.exit(code)
