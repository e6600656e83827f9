// A TLS server on loopback, with good certificates or any of the bad ones.
import type { Socket } from 'node:net';
import { createSecureContext, type SecureContextOptions, TLSSocket } from 'node:tls';
import { type IssuedCertificate, issueCertificate, type Listener, listenOnLoopback, type Simulator } from '#prober/door.ts';

const dayMs = 86_400_000;
const names = ['127.0.0.1', 'localhost'];

/** What it does with a connection. */
type Serve = (socket: Socket) => void;

/** The certificates of one far end, made when they are first needed. */
interface Authority {
  readonly root: IssuedCertificate;
  readonly middle: IssuedCertificate;
  readonly expiredMiddle: IssuedCertificate;
}

export const tlsSimulator: Simulator = {
  kind: 'tls',
  modes: {
    well: 'ok',
    renewal_due: 'ok',
    old_version: 'tls',
    other_cipher: 'tls',
    not_tls: 'tls',
    closes_in_handshake: 'tls',
    silent_in_handshake: 'tls',
    expired: 'certificate',
    not_yet_valid: 'certificate',
    expired_intermediate: 'certificate',
    missing_intermediate: 'certificate',
    wrong_name: 'certificate',
    self_signed: 'certificate',
    wants_client_certificate: 'auth',
    wants_client_certificate_1_2: 'auth',
    resets: 'reset',
    refuses: 'refused',
  },
  start: async () => {
    const authority = makeAuthority(Date.now());
    const modes = makeModes(authority, Date.now());
    let serve: Serve = serving(modes['well'] ?? {});
    const listener = await listenOnLoopback((socket) => {
      socket.once('end', () => socket.end());
      serve(socket);
    });
    return {
      options: { address: `127.0.0.1:${listener.port}`, ca: authority.root.certificate },
      behave: (mode) => {
        serve = behaviour(mode, modes, listener);
      },
      connections: () => listener.connections(),
      close: () => listener.close(),
    };
  },
};

function behaviour(mode: string, modes: Readonly<Record<string, Certified>>, listener: Listener): Serve {
  if (!Object.hasOwn(tlsSimulator.modes, mode)) throw new Error(`no such mode: ${mode}`);
  listener.refuse(mode === 'refuses');
  return plain[mode] ?? serving(modes[mode] ?? modes['well'] ?? {});
}

/** Modes that never speak TLS. */
const plain: Readonly<Record<string, Serve>> = {
  not_tls: (socket) => void socket.resume().end('220 mail.example.org ESMTP\r\n'),
  closes_in_handshake: (socket) => void socket.once('data', () => socket.end()),
  silent_in_handshake: (socket) => void socket.resume(),
  resets: (socket) => void socket.resetAndDestroy(),
};

type Certified = SecureContextOptions & { readonly requestCert?: boolean };

/** Shakes hands, and answers the end of the connection with its own. */
function serving(settings: Certified): Serve {
  const secureContext = createSecureContext(settings);
  const wanted = settings.requestCert === true;
  return (socket) => {
    const secured = new TLSSocket(socket, { isServer: true, secureContext, requestCert: wanted, rejectUnauthorized: wanted });
    secured.on('error', () => socket.destroy());
    secured.on('end', () => secured.end());
    secured.resume();
  };
}

function makeAuthority(now: number): Authority {
  const root = issueCertificate({
    commonName: 'Holter simulated root',
    notBefore: now - dayMs,
    notAfter: now + 3650 * dayMs,
    authority: true,
  });
  const middle = { commonName: 'Holter simulated authority', notBefore: now - 90 * dayMs, authority: true, issuer: root };
  return {
    root,
    middle: issueCertificate({ ...middle, notAfter: now + 1825 * dayMs }),
    expiredMiddle: issueCertificate({ ...middle, notAfter: now - 2 * dayMs }),
  };
}

function makeModes({ root, middle, expiredMiddle }: Authority, now: number): Readonly<Record<string, Certified>> {
  const leaf = { commonName: 'Holter simulated server', names, notBefore: now - 60 * dayMs, notAfter: now + 300 * dayMs, issuer: middle };
  const good = issueCertificate(leaf);
  const well = chained(good, middle);
  return {
    well,
    renewal_due: chained(issueCertificate({ ...leaf, notAfter: now + 10 * dayMs }), middle),
    old_version: { ...well, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
    // Needs an RSA certificate, which this server does not have.
    other_cipher: { ...well, maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' },
    expired: chained(issueCertificate({ ...leaf, notAfter: now - dayMs }), middle),
    not_yet_valid: chained(issueCertificate({ ...leaf, notBefore: now + dayMs }), middle),
    expired_intermediate: chained(issueCertificate({ ...leaf, issuer: expiredMiddle }), expiredMiddle),
    missing_intermediate: { key: good.key, cert: good.certificate },
    wrong_name: chained(issueCertificate({ ...leaf, names: ['other.example.org'] }), middle),
    self_signed: selfSigned(now),
    wants_client_certificate: { ...well, requestCert: true, ca: root.certificate },
    wants_client_certificate_1_2: { ...well, requestCert: true, ca: root.certificate, maxVersion: 'TLSv1.2' },
  };
}

function chained(own: IssuedCertificate, issuer: IssuedCertificate): Certified {
  return { key: own.key, cert: own.certificate + issuer.certificate };
}

function selfSigned(now: number): Certified {
  const own = issueCertificate({ commonName: 'Holter simulated server', names, notBefore: now - dayMs, notAfter: now + 300 * dayMs });
  return { key: own.key, cert: own.certificate };
}
