// Where secrets may be sent.

/** What a kind says of an address that is not. */
export const unsafeForSecrets = 'secrets are sent over https with verified certificates, or to loopback, only';

/** TLS with verified certificates, or this machine. What is no address is told elsewhere. */
export function isSafeForSecrets(url: string, tls: { readonly insecure: boolean } | undefined): boolean {
  if (!URL.canParse(url)) return true;
  const { protocol, hostname } = new URL(url);
  return isLoopback(hostname) || ((protocol === 'https:' || protocol === 'wss:') && tls?.insecure !== true);
}

/** 127.0.0.0/8, ::1, localhost (RFC 6761 6.3). */
function isLoopback(hostname: string): boolean {
  return /^127\.\d+\.\d+\.\d+$/.test(hostname) || hostname === '[::1]' || /(^|\.)localhost$/.test(hostname);
}
