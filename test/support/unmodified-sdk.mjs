// Calls APIs through Tencent's SDK as its makers ship it, in Node (Bun puts its own fetch in the place of node-fetch),
// with every name resolved to the loopback address. Takes a port and calls as JSON, prints what each came to.
import { Agent } from 'node:http';
import { sts } from 'tencentcloud-sdk-nodejs/tencentcloud/services/sts/index.js';
import { tcr } from 'tencentcloud-sdk-nodejs/tencentcloud/services/tcr/index.js';

const [port, calls] = process.argv.slice(2).map(text => JSON.parse(text));
const loopback = { address: '127.0.0.1', family: 4 };
const agent = new Agent({
  lookup: (_, options, callback) =>
    options.all ? callback(null, [loopback]) : callback(null, loopback.address, loopback.family),
});
const clients = { tcr: tcr.v20190924.Client, sts: sts.v20180813.Client };

const results = [];
for (const { service, credential, action, params, options } of calls) {
  const endpoint = `${service}.tencentcloudapi.com:${port}`;
  const client = new clients[service]({
    credential,
    region: 'ap-guangzhou',
    profile: { language: 'en-US', httpProfile: { protocol: 'http://', endpoint, agent } },
  });
  try {
    results.push({ answer: await client.request(action, params, options) });
  } catch (error) {
    results.push({ code: error.code ?? String(error) });
  }
}
process.stdout.write(JSON.stringify(results));
