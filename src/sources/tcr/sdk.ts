/** Tencent's SDK: its clients, actions and signature, with every request sent by this project's own HTTP layer. */

import { AbstractClient } from 'tencentcloud-sdk-nodejs/es/common/abstract_client.js';
import Sign from 'tencentcloud-sdk-nodejs/es/common/sign.js';
import { Client } from 'tencentcloud-sdk-nodejs/es/services/tcr/v20190924/tcr_client.js';
import type { Endpoint } from './endpoint.ts';
import type { Keys } from './identity.ts';

/** One call of an API as it goes over the wire. */
export interface SdkRequest {
  readonly url: string;
  readonly action: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Sends a request and gives the `Response` member of a good answer; rejects with a Fault for everything else. */
export type Send = (request: SdkRequest) => Promise<unknown>;

export interface ClientSettings {
  readonly endpoint: Endpoint;
  readonly region: string;
  /** undefined for the calls that carry no signature. */
  readonly keys: Keys | undefined;
  readonly now: () => number;
  readonly send: Send;
}

/** A client of the TCR API, version 2019-09-24. */
export function tcrClient(settings: ClientSettings): Client {
  return overHttp(new Client(config(settings)), 'tcr', settings);
}

/** A client of STS: https://cloud.tencent.com/document/api/1312/48195 */
export function stsClient(settings: ClientSettings): AbstractClient {
  return overHttp(
    new AbstractClient('sts.tencentcloudapi.com', '2018-08-13', config(settings)),
    'sts',
    settings,
  );
}

function config({ endpoint, region, keys }: ClientSettings) {
  return {
    credential: { ...keys },
    region,
    profile: {
      language: 'en-US' as const,
      httpProfile: { endpoint: endpoint.host, protocol: endpoint.protocol },
    },
  };
}

/**
 * Puts `send` in the place of the SDK's own transport, which follows redirects with the signature, knows one proxy
 * variable only, never retries, and keeps neither codes nor time limits. The service in the signature's scope is
 * named here, since the SDK takes the first label of whatever endpoint is configured.
 */
function overHttp<C extends AbstractClient>(client: C, service: string, settings: ClientSettings): C {
  const { endpoint, region, keys, now, send } = settings;
  client.doRequestWithSign3 = (action, params) => {
    const url = `${endpoint.protocol}${endpoint.host}/`;
    const timestamp = Math.floor(now() / 1000);
    const headers: Record<string, string> = {
      'Content-Type': 'application/json',
      'X-TC-Action': action,
      'X-TC-Language': 'en-US',
      'X-TC-Region': region,
      'X-TC-RequestClient': client.sdkVersion,
      'X-TC-Timestamp': String(timestamp),
      'X-TC-Version': client.apiVersion,
    };
    if (keys?.token !== undefined) headers['X-TC-Token'] = keys.token;
    headers.Authorization = keys
      ? Sign.sign3({ method: 'POST', url, payload: params, timestamp, service, ...keys, headers })
      : 'SKIP';
    return send({ url, action, headers, body: JSON.stringify(params) });
  };
  return client;
}
