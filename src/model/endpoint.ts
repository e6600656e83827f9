// One thing that is probed.

/** `service/endpoint/region`, or `service/endpoint` where there is no region. Unique in a plan. */
export type EndpointId = string;

/** One thing that is probed: of one service, in one region. These are also the labels of its metrics. */
export interface Endpoint {
  readonly id: EndpointId;
  readonly service: string;
  /** The bare name inside its service: the `endpoint` label. */
  readonly name: string;
  /** '' where the endpoint has no region. */
  readonly region: string;
  /** The protocol it is probed with: the name of a probe kind. */
  readonly kind: string;
}

export function endpointId(service: string, name: string, region: string): EndpointId {
  return region === '' ? `${service}/${name}` : `${service}/${name}/${region}`;
}
