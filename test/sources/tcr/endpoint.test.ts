import { expect, test } from 'bun:test';
import { isFinanceZone, readEndpoint } from '../../../src/sources/tcr/endpoint.ts';

test.each([
  ['tcr.tencentcloudapi.com', 'https://', 'tcr.tencentcloudapi.com'],
  ['tcr.ap-guangzhou.tencentcloudapi.com', 'https://', 'tcr.ap-guangzhou.tencentcloudapi.com'],
  ['tcr.intl.tencentcloudapi.com', 'https://', 'tcr.intl.tencentcloudapi.com'],
  ['https://tcr.internal.tencentcloudapi.com/', 'https://', 'tcr.internal.tencentcloudapi.com'],
  ['tcr.api3.fincloud.tencent.cn', 'https://', 'tcr.api3.fincloud.tencent.cn'],
  ['proxy.example.com:8443', 'https://', 'proxy.example.com:8443'],
  ['http://127.0.0.1:8080', 'http://', '127.0.0.1:8080'],
  ['http://[::1]:8080', 'http://', '[::1]:8080'],
  ['http://localhost:8080', 'http://', 'localhost:8080'],
] as const)('%s', (text, protocol, host) => {
  expect(readEndpoint('endpoint', text)).toEqual({ protocol, host });
});

test('the finance zones know no TokenType', () => {
  expect(isFinanceZone(readEndpoint('endpoint', 'tcr.api3.fincloud.tencent.cn'))).toBe(true);
  expect(isFinanceZone(readEndpoint('endpoint', 'tcr.tencentcloudapi.com'))).toBe(false);
});
