/** Types of the SDK's ESM tree, which comes without any. */

declare module 'tencentcloud-sdk-nodejs/es/common/abstract_client.js' {
  import type { ClientConfig } from 'tencentcloud-sdk-nodejs/tencentcloud/common/interface.js';

  export class AbstractClient {
    readonly sdkVersion: string;
    readonly apiVersion: string;
    constructor(endpoint: string, version: string, config: ClientConfig);
    request(action: string, params: object): Promise<unknown>;
    /** Sends one call; private in the SDK's own types. */
    doRequestWithSign3: (action: string, params: object) => Promise<unknown>;
  }
}

declare module 'tencentcloud-sdk-nodejs/es/common/sign.js' {
  const Sign: {
    /** The value of the Authorization header. */
    sign3(call: {
      method: 'POST';
      url: string;
      payload: object;
      timestamp: number;
      service: string;
      secretId: string;
      secretKey: string;
      headers: Readonly<Record<string, string>>;
    }): string;
  };
  // biome-ignore lint/style/noDefaultExport: the SDK has one
  export default Sign;
}

declare module 'tencentcloud-sdk-nodejs/es/services/tcr/v20190924/tcr_client.js' {
  import { AbstractClient } from 'tencentcloud-sdk-nodejs/es/common/abstract_client.js';
  import type { ClientConfig } from 'tencentcloud-sdk-nodejs/tencentcloud/common/interface.js';
  import type {
    CreateInstanceTokenRequest,
    DescribeInstancesRequest,
  } from 'tencentcloud-sdk-nodejs/tencentcloud/services/tcr/v20190924/tcr_models.js';

  export class Client extends AbstractClient {
    constructor(config: ClientConfig);
    CreateInstanceToken(request: CreateInstanceTokenRequest): Promise<unknown>;
    DescribeInstances(request: DescribeInstancesRequest): Promise<unknown>;
  }
}
