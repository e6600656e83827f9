// The far end of every probe kind, for the contract suite and the demo; one line each. The first of a kind is its usual one.
import type { Simulator } from '#prober/door.ts';
import { dicomSimulator, dicomTlsSimulator } from './dicom/simulate.ts';
import { dicomwebSimulator, dicomwebTlsSimulator } from './dicomweb/simulate.ts';
import { dnsSimulator } from './dns/simulate.ts';
import { execSimulator } from './exec/simulate.ts';
import { fhirSimulator, fhirTlsSimulator } from './fhir/simulate.ts';
import { hl7v2Simulator, hl7v2TlsSimulator } from './hl7v2/simulate.ts';
import { httpSimulator } from './http/simulate.ts';
import { icmpSimulator } from './icmp/simulate.ts';
import { iso8583Simulator, iso8583TlsSimulator } from './iso8583/simulate.ts';
import { journeySimulator, journeyTlsSimulator } from './journey/simulate.ts';
import { ldapSimulator, ldapTlsSimulator } from './ldap/simulate.ts';
import { ncpdpHttpSimulator, ncpdpSimulator, ncpdpTlsSimulator } from './ncpdp/simulate.ts';
import { ntpSimulator } from './ntp/simulate.ts';
import { oidcSimulator, oidcTlsSimulator } from './oidc/simulate.ts';
import { scriptReachSimulator, scriptSimulator, scriptTlsSimulator } from './script/simulate.ts';
import { sipSimulator, sipTlsSimulator, sipWssSimulator } from './sip/simulate.ts';
import { smtpSimulator, smtpTlsSimulator } from './smtp/simulate.ts';
import { stunSimulator, stunTlsSimulator } from './stun/simulate.ts';
import { tcpSimulator, tcpTlsSimulator } from './tcp/simulate.ts';
import { tlsSimulator } from './tls/simulate.ts';
import { turnSimulator, turnTlsSimulator } from './turn/simulate.ts';
import { websocketSimulator, websocketTlsSimulator } from './websocket/simulate.ts';

export const simulators: readonly Simulator[] = [
  httpSimulator,
  journeySimulator,
  journeyTlsSimulator,
  tcpSimulator,
  tcpTlsSimulator,
  tlsSimulator,
  dnsSimulator,
  fhirSimulator,
  fhirTlsSimulator,
  oidcSimulator,
  oidcTlsSimulator,
  ldapSimulator,
  ldapTlsSimulator,
  hl7v2Simulator,
  hl7v2TlsSimulator,
  dicomSimulator,
  dicomTlsSimulator,
  dicomwebSimulator,
  dicomwebTlsSimulator,
  iso8583Simulator,
  iso8583TlsSimulator,
  ncpdpSimulator,
  ncpdpTlsSimulator,
  ncpdpHttpSimulator,
  scriptSimulator,
  scriptTlsSimulator,
  scriptReachSimulator,
  stunSimulator,
  stunTlsSimulator,
  turnSimulator,
  turnTlsSimulator,
  websocketSimulator,
  websocketTlsSimulator,
  sipSimulator,
  sipTlsSimulator,
  sipWssSimulator,
  ntpSimulator,
  smtpSimulator,
  smtpTlsSimulator,
  icmpSimulator,
  execSimulator,
];
