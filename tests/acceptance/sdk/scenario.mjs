// What a user does with the official TypeScript SDK, from the first upload to the last clean-up (see scenario.py).
// Run under Node in a directory where the SDK is installed, with an API key and base URL in its environment.
// Each chapter prints one JSON object.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { createRequire } from 'node:module';

const installed = createRequire(pathToFileURL(path.join(process.cwd(), 'package.json')));
const { default: LlamaCloud, toFile } = installed(process.env.SDK);

const MARKS = {
  'report.pdf': 'Annual report',
  'letter.docx': 'Dear Sir or Madam',
  'figures.xlsx': 'Potatoes',
  'page.html': 'Opening hours',
  'invoice.txt': 'Amount due',
};
const BROKEN = 'broken.pdf';
const RULES = [
  { type: 'invoice', description: 'An invoice with an amount due, to be paid by a date' },
  { type: 'letter', description: 'A personal letter that begins with Dear Sir or Madam' },
];
const EXPAND = [
  'text', 'markdown', 'items', 'metadata', 'job_metadata', 'text_full', 'markdown_full', 'raw_parameters',
  'text_content_metadata', 'markdown_content_metadata', 'items_content_metadata', 'metadata_content_metadata',
  'raw_words_content_metadata', 'xlsx_content_metadata', 'output_pdf_content_metadata', 'images_content_metadata',
];
const QUICKLY = { pollingInterval: 0.1, backoff: 'constant' };

const client = new LlamaCloud();
const { batch, directories } = client.beta;

// All rows of a list, over as many pages as it has.
async function all(list) {
  const found = [];
  for await (const one of list) found.push(one);
  return found;
}

// The job once it has ended.
async function ended(id) {
  for (const last = Date.now() + 90_000; Date.now() < last; await sleep(100)) {
    const { job, progress_percentage: progress } = await batch.getStatus(id);
    assert.ok(progress >= 0 && progress <= 100);
    if (['completed', 'failed', 'cancelled'].includes(job.status)) return job;
  }
  throw new Error(`${id} does not end`);
}

// What anybody gets at a link, without a key.
async function fetched(url) {
  const answer = await fetch(url);
  assert.equal(answer.status, 200, url);
  return Buffer.from(await answer.arrayBuffer());
}

async function scenario(folder, receiver) {
  const [project] = await client.projects.list();
  const stream = (name) => fs.createReadStream(path.join(folder, name));
  const file = await client.files.create({ file: stream('invoice.txt'), purpose: 'parse' });
  const directory = await directories.create({ name: 'invoices', type: 'ephemeral' });
  for (const name of ['report.pdf', 'letter.docx', 'figures.xlsx', 'page.html', BROKEN]) {
    const entry = await directories.files.upload(directory.id, { upload_file: stream(name), display_name: name });
    assert.equal(entry.display_name, name);
  }
  const added = await directories.files.add(directory.id, { file_id: file.id });
  const entries = await all(directories.files.list(directory.id, { page_size: 2 }));
  assert.equal(entries.length, 6);

  const job_config = {
    job_name: 'parse_raw_file_job',
    parameters: {
      lang: 'en',
      take_screenshot: true,
      webhook_configurations: [{ webhook_url: `${receiver}/typescript`, webhook_events: ['parse.success', 'parse.error'] }],
    },
  };
  const created = await batch.create({ job_config, directory_id: directory.id, page_size: 2 });
  const job = await ended(created.id);
  assert.deepEqual([job.status, job.total_items, job.processed_items, job.failed_items], ['completed', 6, 5, 1]);

  const done = await all(batch.jobItems.list(job.id, { status: 'completed', limit: 2 }));
  const works = Object.fromEntries(done.map((item) => [item.item_name, item.job_id]));
  assert.deepEqual(Object.keys(works).sort(), Object.keys(MARKS).sort());
  const [failed] = await all(batch.jobItems.list(job.id, { status: 'failed' }));
  assert.match(failed.error_message, /^PDF_IS_BROKEN: /);
  for (const item of done) {
    const history = await batch.jobItems.getProcessingResults(item.item_id, { job_type: 'parse' });
    assert.equal(history.processing_results[0].job_config.parameters.lang, 'en');
    const { markdown, text } = await client.parsing.get(item.job_id, { expand: ['markdown', 'text'] });
    assert.ok(markdown.pages.some((page) => page.markdown.includes(MARKS[item.item_name])), item.item_name);
    assert.equal(text.pages.length, markdown.pages.length);
  }
  await expanded(works['report.pdf']);
  await classified(project, directory.id);

  const again = await ended((await batch.create({ job_config, item_ids: [added.id] })).id);
  const [skipped] = await all(batch.jobItems.list(again.id));
  assert.deepEqual([skipped.status, skipped.skip_reason, skipped.job_id], ['skipped', 'already_processed', works['invoice.txt']]);

  await directories.files.upload(directory.id, { upload_file: stream('long.pdf') });
  const slow = await batch.create({ job_config: { parameters: { invalidate_cache: true } }, directory_id: directory.id });
  const cancelled = await batch.cancel(slow.id, { reason: 'Wrong folder' });
  assert.equal(cancelled.status, 'cancelled');
  assert.equal((await batch.getStatus(slow.id)).progress_percentage, 100);
  assert.equal((await batch.cancel(slow.id, {})).processed_items, cancelled.processed_items);
  assert.equal((await all(batch.list({ directory_id: directory.id, limit: 1 }))).length, 3, 'the rerun had no directory');

  const { url } = await client.files.get(file.id);
  assert.deepEqual(await fetched(url), fs.readFileSync(path.join(folder, 'invoice.txt')));
  for (const entry of entries) await directories.files.delete(entry.id, { directory_id: directory.id });
  await client.files.delete(file.id);
  await directories.delete(directory.id);
  await assert.rejects(client.files.get(file.id), LlamaCloud.NotFoundError);
  return { works, failed: failed.job_id };
}

// Everything that can be asked of a result; its links work for anybody who has them.
async function expanded(work) {
  const found = await client.parsing.get(work, { expand: EXPAND });
  assert.equal(found.items.pages.length, 2);
  assert.equal(found.metadata.pages.length, 2);
  assert.ok(found.markdown_full.includes('Annual report') && found.text_full.includes('Annual report'));
  assert.equal(found.job_metadata.job_pages, 2);
  assert.ok(found.images_content_metadata.total_count >= 2);
  for (const image of found.images_content_metadata.images) assert.ok((await fetched(image.presigned_url)).length);
  for (const one of Object.values(found.result_content_metadata)) {
    if (one.exists) assert.equal((await fetched(one.presigned_url)).length, one.size_bytes);
  }
}

// A batch that classifies, read by both versions of the classify API.
async function classified(project, directory) {
  const config = { id: randomUUID(), project_id: project.id, user_id: 'user', status: 'PENDING', rules: RULES };
  const job = await ended((await batch.create({ job_config: config, directory_id: directory })).id);
  assert.deepEqual([job.job_type, job.processed_items], ['classify', 5]);
  const items = await all(batch.jobItems.list(job.id, { status: 'completed' }));
  const work = items.find((item) => item.item_name === 'invoice.txt').job_id;
  const second = await client.classify.get(work);
  assert.deepEqual([second.status, second.result.type], ['COMPLETED', 'invoice']);
  const first = await client.classifier.jobs.getResults(work);
  assert.equal(first.items[0].result.type, 'invoice');
}

async function direct(folder) {
  const report = await toFile(fs.readFileSync(path.join(folder, 'report.pdf')), 'report.pdf');
  const parsed = await client.parsing.parse(
    { tier: 'cost_effective', version: 'latest', upload_file: report, expand: ['markdown'] }, QUICKLY);
  assert.ok(parsed.markdown.pages[0].markdown.includes('Annual report'));
  const note = await client.files.create({
    file: await toFile(Buffer.from('Amount due: 12 EUR, to be paid by Friday.'), 'note.txt'), purpose: 'classify' });
  const run = await client.classify.run({ file_input: note.id, configuration: { rules: RULES } }, QUICKLY);
  assert.equal(run.result.type, 'invoice');
  const results = await client.classifier.classify({ file_ids: [note.id], rules: RULES }, QUICKLY);
  assert.deepEqual(results.items.map((one) => [one.file_id, one.result.type]), [[note.id, 'invoice']]);
  assert.ok((await all(client.parsing.list({ page_size: 1 }))).length >= 1);
  return {};
}

async function errors() {
  const stranger = client.withOptions({ apiKey: 'llx-unknown' });
  await assert.rejects(stranger.beta.batch.list(), LlamaCloud.AuthenticationError);
  await assert.rejects(batch.getStatus('bjb-unknown'), LlamaCloud.NotFoundError);
  await assert.rejects(client.parsing.get('job_id'), LlamaCloud.NotFoundError);
  await assert.rejects(batch.create({ job_config: {} }), LlamaCloud.UnprocessableEntityError);
  await assert.rejects(batch.create({ job_config: {}, directory_id: 'dir-unknown' }), LlamaCloud.NotFoundError);
  await assert.rejects(batch.list({ limit: 1001 }), (error) => {
    assert.ok(error instanceof LlamaCloud.UnprocessableEntityError);
    assert.deepEqual(error.error.detail[0].loc, ['query', 'limit']);
    return true;
  });
  return {};
}

const [chapter, folder, receiver] = process.argv.slice(2);
console.log(JSON.stringify(await { batch: scenario, direct, errors }[chapter](folder, receiver)));
