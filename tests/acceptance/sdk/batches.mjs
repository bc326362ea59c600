// What a user of the newer official TypeScript SDK does with batches over a directory and with saved configurations and webhooks (see
// batches.py and webhook_configs.py).
// Run under Node in a directory where the SDK is installed under the name SDK, with an API key and base URL in its environment.
// Each chapter prints one JSON object.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { createRequire } from 'node:module';

const installed = createRequire(pathToFileURL(path.join(process.cwd(), 'package.json')));
const { default: LlamaCloud } = installed(process.env.SDK);

const MARKS = { 'report.pdf': 'Annual report', 'letter.docx': 'Dear Sir or Madam', 'invoice.txt': 'Amount due' };
const BROKEN = 'broken.pdf';
const AGENTIC = { job: { type: 'parse_v2', configuration_id: 'cfg-PARSE_AGENTIC' } };
const RULES = [
  { type: 'invoice', description: 'An invoice with an amount due, to be paid by a date' },
  { type: 'letter', description: 'A personal letter that begins with Dear Sir or Madam' },
];
const ENDS = ['COMPLETED', 'FAILED', 'CANCELLED'];

const client = new LlamaCloud();
const { directories } = client.beta;

// All rows of a list, over as many pages as it has.
async function all(list) {
  const found = [];
  for await (const one of list) found.push(one);
  return found;
}

// What `look` answers once its status is one of an end.
async function ended(look) {
  for (const last = Date.now() + 90_000; Date.now() < last; await sleep(100)) {
    const found = await look();
    if (ENDS.includes(found.status)) return found;
  }
  throw new Error('it does not end');
}

const batchEnded = (id) => ended(() => client.batches.get(id, { expand: ['results'] }));

// A new directory with these documents, and their names by their ids in it.
async function directoryOf(folder, ...files) {
  const { id } = await directories.create({ name: 'documents' });
  const names = {};
  for (const name of files) {
    const stream = fs.createReadStream(path.join(folder, name));
    names[(await directories.files.upload(id, { upload_file: stream })).id] = name;
  }
  return { id, names };
}

async function batch(folder, receiver) {
  const directory = await directoryOf(folder, ...Object.keys(MARKS), BROKEN);
  const made = await client.batches.create({
    config: AGENTIC,
    source_directory_id: directory.id,
    webhook_configurations: [{ webhook_url: `${receiver}/batch`, webhook_output_format: 'json' }],
  });
  assert.match(made.id, /^bat-/);
  assert.equal(made.results ?? null, null);
  const found = await batchEnded(made.id);
  assert.equal(found.status, 'COMPLETED');
  const works = Object.fromEntries(
    found.results.map((one) => [directory.names[one.source_directory_file_id], one.job_reference.id]));
  assert.deepEqual(Object.keys(works).sort(), Object.values(directory.names).sort());
  for (const [name, mark] of Object.entries(MARKS)) {
    const { job, markdown } = await client.parsing.get(works[name], { expand: ['markdown'] });
    assert.deepEqual([job.status, job.tier], ['COMPLETED', 'agentic']);
    assert.ok(markdown.pages.some((page) => page.markdown.includes(mark)), name);
  }
  const failed = await client.parsing.get(works[BROKEN]);
  assert.equal(failed.job.status, 'FAILED');
  assert.match(failed.job.error_message, /^PDF_IS_BROKEN: /);

  const again = await batchEnded((await client.batches.create({ config: AGENTIC, source_directory_id: directory.id })).id);
  const repeated = again.results.map((one) => one.job_reference.id);
  for (const name of Object.keys(MARKS)) assert.ok(repeated.includes(works[name]), name);
  const listed = await all(client.batches.list({ source_directory_id: directory.id, page_size: 1 }));
  assert.deepEqual(listed.map((one) => one.id), [again.id, made.id]);
  await assert.rejects(client.batches.cancel(made.id), LlamaCloud.BadRequestError);
  return { batch: made.id };
}

async function configurations(folder) {
  const parameters = { product_type: 'parse_v2', tier: 'cost_effective', version: 'latest' };
  const saved = await client.configurations.create({ name: 'letters', parameters });
  assert.deepEqual([saved.product_type, saved.parameters.tier], ['parse_v2', 'cost_effective']);
  const changed = await client.configurations.create({ name: 'letters', parameters: { ...parameters, tier: 'fast' } });
  assert.equal(changed.id, saved.id);
  assert.equal((await client.configurations.update(saved.id, { name: 'mail' })).parameters.tier, 'fast');
  const types = await client.configurations.create({ name: 'types', parameters: { product_type: 'classify_v2', rules: RULES } });
  const listed = await all(client.configurations.list({ page_size: 1 }));
  assert.deepEqual(listed.map((one) => one.id), [types.id, saved.id]);
  assert.equal((await client.configurations.retrieve('cfg-PARSE_AGENTIC')).parameters.tier, 'agentic');
  await assert.rejects(client.configurations.delete('cfg-PARSE_AGENTIC'), LlamaCloud.PermissionDeniedError);

  const file = await client.files.create({ file: fs.createReadStream(path.join(folder, 'invoice.txt')), purpose: 'parse' });
  const job = await client.parsing.create({
    file_id: file.id, configuration_id: saved.id, tier: 'configured', version: 'configured', disable_cache: true });
  assert.equal(job.tier, 'fast');
  assert.equal((await ended(async () => (await client.parsing.get(job.id)).job)).status, 'COMPLETED');
  const { id } = await client.classify.create({ file_input: file.id, configuration_id: types.id });
  const found = await ended(() => client.classify.get(id));
  assert.deepEqual([found.status, found.result.type, found.configuration_id], ['COMPLETED', 'invoice', types.id]);
  for (const one of [saved, types]) {
    await client.configurations.delete(one.id);
    await assert.rejects(client.configurations.retrieve(one.id), LlamaCloud.NotFoundError);
  }
  return {};
}

async function webhooks(folder, receiver) {
  const hooks = client.webhookConfigs;
  const made = await hooks.create({
    webhook_url: `${receiver}/saved`, webhook_events: ['batch.success', 'parse.success'], webhook_signing_secret: 'a shared secret',
    webhook_headers: { Authorization: 'Bearer hush' }, webhook_output_format: 'json' });
  assert.deepEqual([made.tenant_type, made.has_secret, made.webhook_headers], ['project', true, { Authorization: '***' }]);
  assert.ok(!JSON.stringify(made).includes('hush'));
  const moved = await hooks.update(made.id, { webhook_url: `${receiver}/moved`, webhook_headers: made.webhook_headers });
  assert.deepEqual([moved.webhook_url, moved.webhook_events], [`${receiver}/moved`, made.webhook_events]);
  const other = await hooks.create({ webhook_url: `${receiver}/other` });
  assert.deepEqual((await hooks.list()).map((one) => one.id), [other.id, made.id]);
  await hooks.delete(other.id);
  await assert.rejects(hooks.retrieve(other.id), LlamaCloud.NotFoundError);
  await assert.rejects(hooks.create({ webhook_url: receiver, webhook_events: [] }), LlamaCloud.UnprocessableEntityError);

  const { id } = await directoryOf(folder, 'invoice.txt');
  const batch = await client.batches.create({
    config: AGENTIC, source_directory_id: id, webhook_configuration_ids: [made.id] });
  const { status, results } = await batchEnded(batch.id);
  assert.equal(status, 'COMPLETED');
  return { batch: batch.id, work: results[0].job_reference.id };
}

async function cancel(folder) {
  const { id, names } = await directoryOf(folder, 'long.pdf', 'letter.docx');
  const made = await client.batches.create({ config: AGENTIC, source_directory_id: id });
  const cancelled = await client.batches.cancel(made.id);
  assert.deepEqual([cancelled.id, cancelled.status], [made.id, 'CANCELLED']);
  const found = await client.batches.get(made.id, { expand: ['results'] });
  assert.equal(found.results.length, Object.keys(names).length);
  for (const one of found.results) assert.equal(one.job_reference === null, Boolean(one.error_message));
  return {};
}

async function errors() {
  const stranger = client.withOptions({ apiKey: 'llx-unknown' });
  await assert.rejects(stranger.batches.list(), LlamaCloud.AuthenticationError);
  await assert.rejects(client.batches.get('bat-none'), LlamaCloud.NotFoundError);
  await assert.rejects(client.batches.create({ config: AGENTIC, source_directory_id: 'dir-none' }), LlamaCloud.NotFoundError);
  await assert.rejects(client.batches.list({ page_size: 0 }), (error) => {
    assert.ok(error instanceof LlamaCloud.UnprocessableEntityError);
    assert.deepEqual(error.error.detail[0].loc, ['query', 'page_size']);
    return true;
  });
  await assert.rejects(client.extract.list(), /This server has no extract: it parses and classifies documents/);
  return {};
}

const [chapter, folder, receiver] = process.argv.slice(2);
console.log(JSON.stringify(await { batch, configurations, webhooks, cancel, errors }[chapter](folder, receiver)));
