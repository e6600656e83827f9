// Every probe kind, one line each.
import type { ProbeKind } from '#prober/door.ts';
import { dicom } from './dicom/probe.ts';
import { dicomweb } from './dicomweb/probe.ts';
import { dns } from './dns/probe.ts';
import { exec } from './exec/probe.ts';
import { fhir } from './fhir/probe.ts';
import { hl7v2 } from './hl7v2/probe.ts';
import { http } from './http/probe.ts';
import { icmp } from './icmp/probe.ts';
import { iso8583 } from './iso8583/probe.ts';
import { journey } from './journey/probe.ts';
import { ldap } from './ldap/probe.ts';
import { ncpdp } from './ncpdp/probe.ts';
import { ntp } from './ntp/probe.ts';
import { oidc } from './oidc/probe.ts';
import { script } from './script/probe.ts';
import { sip } from './sip/probe.ts';
import { smtp } from './smtp/probe.ts';
import { stun } from './stun/probe.ts';
import { tcp } from './tcp/probe.ts';
import { tls } from './tls/probe.ts';
import { turn } from './turn/probe.ts';
import { websocket } from './websocket/probe.ts';

export const probeKinds: readonly ProbeKind[] = [
  http,
  journey,
  tcp,
  tls,
  dns,
  fhir,
  oidc,
  ldap,
  hl7v2,
  dicom,
  dicomweb,
  iso8583,
  ncpdp,
  script,
  stun,
  turn,
  websocket,
  sip,
  ntp,
  smtp,
  icmp,
  exec,
];
