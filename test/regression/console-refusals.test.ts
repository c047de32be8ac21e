import { describe, expect, test } from 'vitest';
import { readErrorResponse } from '../../src/rest/errors/error-response.ts';
import { isSessionLost } from '../../src/rest/errors/response-errors.ts';
import { explainedFeedError, type PcmPreferences } from '../../src/rest/index.ts';
import { connect, onlySystem, startSimulator } from '../helpers/console.ts';

// What consoles answered, in forms that were read as something else: as the text of all elements strung together, as
// missing authority, as monitoring that is off.

const REPEATED = '{host=hmc.test, x-api-session=ABC, cookie=JSESSIONID=1}';

function fields(status: number, reason: string, message: string): string {
  return (
    `<HTTPStatus kb="ROR">${status}</HTTPStatus><RequestURI>/rest/api/x</RequestURI>` +
    `<ReasonCode>${reason}</ReasonCode><Message kb="ROO">${message}</Message>` +
    `<RequestBody>secret body</RequestBody><RequestHeaders>${REPEATED}</RequestHeaders>`
  );
}

const forms: Readonly<Record<string, (content: string) => string>> = {
  'an entry': (content) =>
    `<entry xmlns="http://www.w3.org/2005/Atom"><content type="x"><HttpErrorResponse:HttpErrorResponse xmlns:HttpErrorResponse="u">${content}</HttpErrorResponse:HttpErrorResponse></content></entry>`,
  'the document itself': (content) =>
    `<?xml version="1.0"?><HttpErrorResponse xmlns="u">${content}</HttpErrorResponse>`,
  'the document with a prefix': (content) => `<w:HttpErrorResponse xmlns:w="u">${content}</w:HttpErrorResponse>`,
  'a feed': (content) =>
    `<feed><entry><content><HttpErrorResponse>${content}</HttpErrorResponse></content></entry></feed>`,
  'a document that is cut off': (content) => `<HttpErrorResponse xmlns="u">${content}`,
};

describe.each(Object.entries(forms))('an error response as %s', (_name, form) => {
  const reply = (status: number, reason: string, message: string) => ({
    statusCode: status,
    headers: {},
    body: form(fields(status, reason, message)),
  });

  test('gives its message without repeated request data', () => {
    const { message } = readErrorResponse(reply(400, 'The start time is not valid.', 'StartTS lies too early'));
    expect(message).toContain('StartTS lies too early');
    expect(message).not.toMatch(/host=|JSESSIONID|secret body|rest\/api/);
  });

  test.each([
    [403, 'Unauthorized', 'The session has expired or is not known, log on again', true],
    [401, 'Unauthorized', 'whatever', true],
    [403, 'Forbidden', 'Task is not allowed for the user', false],
    [403, 'Forbidden', 'The user of this session is not authorized', false],
    [403, 'Forbidden', 'The maximum number of sessions was reached', false],
  ])('%i %s "%s" is a lost session: %s', (status, reason, message, isLost) => {
    expect(isSessionLost(reply(status, reason, message))).toBe(isLost);
  });
});

test('an error response without a message gives its reason', () => {
  const body = '<HttpErrorResponse><ReasonCode>Unknown internal error.</ReasonCode></HttpErrorResponse>';
  expect(readErrorResponse({ statusCode: 500, headers: {}, body }).message).toBe('Unknown internal error.');
});

const PERFORMANCE = /\/rest\/api\/pcm\/.*RawMetrics/;

describe('a rejected feed is explained by the preferences', () => {
  const system = { id: 'id', name: 'frame-01' };
  const preferences = (longTermMonitor: boolean) => async () => ({ longTermMonitor }) as PcmPreferences;
  const refused = async (): Promise<PcmPreferences> => {
    throw new Error('no');
  };

  async function explained(
    reply: { readonly status: number; readonly body: string },
    pcmPreferences: () => Promise<PcmPreferences>,
  ) {
    const simulator = await startSimulator();
    simulator.intercept = ({ path }) => (PERFORMANCE.test(path) ? reply : undefined);
    const error = await connect(simulator)
      .longTermMonitorFeed(onlySystem(simulator).id)
      .catch((reason: unknown) => reason);
    return explainedFeedError(error, { pcmPreferences }, system);
  }

  const html = '<html><head><title>Error 406--Not Acceptable</title></head><body>no</body></html>';
  test.each([
    [403, 'no', preferences(false), 'POWERVM_PCM_DISABLED'],
    [404, 'no', preferences(false), 'POWERVM_PCM_DISABLED'],
    [406, html, preferences(false), 'POWERVM_PCM_DISABLED'],
    [400, 'no', preferences(false), 'POWERVM_PCM_DISABLED'],
    [403, 'no', preferences(true), 'POWERVM_FORBIDDEN'],
    [404, 'no', preferences(true), 'POWERVM_PCM_NO_SAMPLE'],
    [406, html, preferences(true), 'POWERVM_REQUEST_REJECTED'],
    [403, 'Performance monitoring is off', preferences(true), 'POWERVM_PCM_DISABLED'],
    [403, 'Monitoring is not enabled, or the user has no authority', preferences(true), 'POWERVM_FORBIDDEN'],
    [403, 'no', refused, 'POWERVM_PCM_DISABLED'],
    [404, 'no', refused, 'POWERVM_PCM_DISABLED'],
    [400, 'no', refused, 'POWERVM_REQUEST_REJECTED'],
    [400, 'Long term monitoring is not enabled', refused, 'POWERVM_PCM_DISABLED'],
    [500, 'Performance monitoring is disabled for this system', refused, 'POWERVM_PCM_DISABLED'],
    [500, 'Out of memory', preferences(false), 'POWERVM_REQUEST_REJECTED'],
  ])('%i %s', async (status, body, pcmPreferences, code) => {
    expect(await explained({ status, body }, pcmPreferences)).toMatchObject({ code });
  });
});

test('a console that does not accept our media types is then asked without them', async () => {
  const simulator = await startSimulator();
  const accepts: string[] = [];
  simulator.intercept = ({ path, headers }) => {
    if (!PERFORMANCE.test(path)) return undefined;
    accepts.push(headers.accept ?? '');
    return headers.accept === '*/*'
      ? undefined
      : { status: 406, headers: { 'content-type': 'text/html' }, body: '<html>' };
  };
  const console = connect(simulator);
  const { id } = onlySystem(simulator);
  expect((await console.longTermMonitorFeed(id)).length).toBeGreaterThan(0);
  expect((await console.longTermMonitorFeed(id)).length).toBeGreaterThan(0);
  expect(accepts).toEqual(['application/atom+xml', '*/*', '*/*']);
});

describe('enabling monitoring at a console that checks', () => {
  const mismatch = {
    status: 412,
    body: `<HttpErrorResponse>${fields(412, 'ETag mismatch', 'The ETag does not match')}</HttpErrorResponse>`,
  };

  async function switchOn(takes: (etag: string | undefined, group: string | null) => boolean) {
    const simulator = await startSimulator({ longTermMonitor: false });
    const sent: (string | undefined)[] = [];
    simulator.intercept = ({ method, path, headers, query }) => {
      if (method !== 'POST' || !path.includes('preferences')) return undefined;
      sent.push(headers['if-match'] === undefined ? undefined : `${headers['if-match']}`);
      return takes(headers['if-match'], query.get('group')) ? undefined : mismatch;
    };
    const switched = connect(simulator).switchLongTermMonitor(onlySystem(simulator).id, true);
    return { sent, switched };
  }

  test('the ETag of the whole preferences', async () => {
    const { sent, switched } = await switchOn((_etag, group) => group === null);
    expect((await switched).longTermMonitor).toBe(true);
    expect(sent).toHaveLength(2);
  });

  test('an ETag that it never sends: the header is omitted when nothing has changed', async () => {
    const { sent, switched } = await switchOn((etag) => etag === undefined);
    expect((await switched).longTermMonitor).toBe(true);
    expect(sent.map((etag) => etag === undefined)).toEqual([false, false, true]);
  });

  test('without success: the error explains what to do at the console', async () => {
    const { switched } = await switchOn(() => false);
    await expect(switched).rejects.toMatchObject({
      code: 'POWERVM_PCM_CHANGE_CONFLICT',
      remedy: expect.stringContaining('at the console'),
    });
  });
});

test('a web server page at the logon is explained as remote access being off', async () => {
  const body =
    '<!doctype html public "-//IETF//DTD HTML 2.0//EN"> <html><head><title>Console Internal Error</title></head><body>HTTP status code: 406<p>http.406</body></html>';
  const simulator = await startSimulator();
  simulator.intercept = () => ({ status: 406, headers: { 'content-type': 'text/html' }, body });
  await expect(connect(simulator).managedSystems()).rejects.toMatchObject({ code: 'POWERVM_REMOTE_ACCESS_OFF' });
});
