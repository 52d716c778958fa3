// What is in the page, in a real browser: against the mock, and what needs no certain daemon also against NETSUPERD_WEB, the address of a
// running netsuperd web.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { onPage, startBrowser } from './browser.js';
import { startMock, token } from './mock.js';
import { strange, World } from './world.js';

const real = process.env.NETSUPERD_WEB;
const mostBytes = 150 * 1024;
let browser;

before(async () => (browser = await startBrowser()));
after(() => browser.close());

/** A page whose seconds pass in 200 ms. */
const fast = { pace: 200 };

/** Runs a test on a page of the mock. */
const mocked = (name, call, { world = {}, options = {}, page = {} } = {}) => test(name, async () => {
  const daemon = new World(world);
  const mock = await startMock(daemon, options);
  try {
    await onPage(browser, mock.url, page, (opened) => call(opened, daemon, mock));
  } finally {
    mock.stop();
  }
});

const text = (page, selector) => page.locator(selector).first().textContent();
const toConnections = async (page) => {
  await page.locator('#connections').scrollIntoViewIfNeeded();
  await page.locator('#connections-rows tr:not(.space)').first().waitFor();
};

/** Waits until an expression of the page holds. */
const holds = (page, expression, argument) => page.waitForFunction(expression, argument);

for (const [name, url] of [['mock', null], ...(real ? [['netsuperd web', real]] : [])]) {
  test(`Page_Of ${name}_HasNoViolationOfAccessibility`, async () => {
    const mock = url ? null : await startMock(new World({ services: 10, connections: 20 }));
    const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    try {
      for (const colorScheme of ['light', 'dark']) {
        await onPage(browser, url ?? mock.url, { colorScheme }, async (page) => {
          await holds(page, () => document.querySelector('#services-rows .limit'));
          if (mock) await toConnections(page);
          await page.evaluate(source);
          const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
          assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html} ${nodes[0].failureSummary}`), []);
        });
      }
    } finally {
      mock?.stop();
    }
  });

  test(`Page_Of ${name}_IsSmallAndFitsNarrowScreens`, async () => {
    const mock = url ? null : await startMock(new World(), fast);
    try {
      for (const width of [1440, 800, 360]) {
        const bodies = [];
        await onPage(browser, 'about:blank', { viewport: { width, height: 800 } }, async (page) => {
          // One that comes after the look at the page, such as the icon, has no body once the page is closed.
          const bodyOf = (response) => response.body().catch(() => '');
          page.on('response', (response) => /\.(css|js|svg)$|:\d+\/$/.test(response.url()) && bodies.push(bodyOf(response)));
          await page.goto(url ?? mock.url);
          await holds(page, () => document.querySelector('#services-rows .limit'));
          assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${width} pixels scroll sideways`);
          const bytes = (await Promise.all(bodies)).reduce((sum, body) => sum + body.length, 0);
          assert.ok(bytes > 20_000 && bytes < mostBytes, `${bytes} bytes`);
        });
      }
    } finally {
      mock?.stop();
    }
  });
}

mocked('Values_OfAStatus_Change', async (page) => {
  const headline = /^Serving \d+ services; failed: imap; paused or stopped: tftp$/;
  await holds(page, (source) => new RegExp(source).test(document.querySelector('#headline').innerText), headline.source);
  const before = await text(page, '#services-rows tr:nth-child(1) [data-label=Accepted]');
  await holds(page, (old) => document.querySelector('#services-rows tr [data-label=Accepted]').textContent !== old, before);
  await holds(page, () => /\d\/s/.test(document.querySelector('#services-rows .rise:not(:empty)')?.textContent));
  assert.match(await text(page, '#troubles'), /imap: cannot bind 192\.0\.2\.9:143/);
  assert.match(await text(page, '#facts'), /Process 812.*version 0\.2\.0.*up 3 d/);
  assert.equal(await page.locator('#services-rows [aria-valuetext="1000 of 1000"]').first().getAttribute('data-level'), 'full');
  assert.match(await text(page, '#sockets-rows'), /listening/);
}, { options: fast });

mocked('Page_BeforeItsStream_ShowsTheStateThatHasComeWithIt', async (page) => {
  assert.match(await text(page, '#headline .line'), /^Serving \d+ services; failed: imap/);
  assert.match(await text(page, '#services-rows tr:nth-child(1) [data-label=Accepted]'), /^–40,\d{3}$/);
  assert.ok(await page.locator('#away').isHidden());
  await page.fill('#services-filter', 'custom-1');
  assert.equal(await page.locator('#services-rows tr').count(), 1);
}, { options: { silent: true } });

mocked('Texts_FromOutside_StayText', async (page) => {
  await holds(page, (name) => document.querySelector('#services-rows').textContent.includes(name), strange);
  await toConnections(page);
  await page.fill('#find', 'alert');
  await holds(page, (name) => document.querySelector('#connections-rows').textContent.includes(name), strange);
  assert.equal(await page.locator('main script').count(), 0);
}, { world: { stays: true } });

mocked('Connections_OfTenThousand_AreDrawnWhereOneLooks', async (page) => {
  await toConnections(page);
  assert.equal(await page.locator('#connections-table').getAttribute('aria-rowcount'), '10001');
  assert.ok(await page.locator('#connections-rows tr').count() < 60);
  await page.locator('#connections-scroll').evaluate((scroll) => (scroll.scrollTop = 140_000));
  await holds(page, () => Math.abs(document.querySelector('#connections-rows tr:not(.space)').getAttribute('aria-rowindex') - 5000) < 20);
  assert.ok(await page.locator('#connections-rows tr').count() < 60);
}, { world: { connections: 10_000, stays: true } });

mocked('Connections_AreSortedAndFiltered', async (page) => {
  await toConnections(page);
  const column = (name) => page.locator(`#connections-rows .col-${name}`).allTextContents();
  await page.click('#connections-table th.col-service button');
  await holds(page, () => document.querySelector('th.col-service').getAttribute('aria-sort') === 'ascending');
  const services = await column('service');
  assert.deepEqual(services, [...services].sort());
  for (const header of await page.locator('#connections-table th button').all()) await header.click();
  await page.fill('#find', '10.0.0.0/8');
  const every = (name, start) => holds(page, ([column, text]) => [...document.querySelectorAll(`#connections-rows .col-${column}`)]
    .every((cell) => cell.textContent.startsWith(text)), [name, start]);
  await every('peer', '10.');
  assert.match(await text(page, '#connections-count'), /^\d+ of \d+$/);
  await page.selectOption('#find-state', 'close-wait');
  await every('state', 'close-wait');
  await page.fill('#find', 'nothing has this');
  await holds(page, () => document.querySelector('#connections-count').textContent.startsWith('0 of'));
}, { world: { stays: true } });

mocked('Abort_OfOneAndOfTheChoice_AsksTheDaemonAfterAConfirmation', async (page, world) => {
  await toConnections(page);
  const sent = () => world.commands.length;
  await page.locator('#connections-rows button').first().click();
  assert.match(await text(page, '#operate-answer'), /Type the token first/);
  await page.fill('#token', token);
  const id = Number(await page.locator('#connections-rows .col-id').first().textContent());
  const row = page.locator(`[aria-label^="Abort connection ${id} of "]`);
  await row.click();
  await page.click('#confirm button[value=no]');
  assert.equal(sent(), 0);
  await row.click();
  await page.click('#confirm-yes');
  await holds(page, (wanted) => document.querySelector('#operate-answer').textContent.includes(`aborted connection ${wanted}`), id);
  assert.deepEqual(world.commands, [{ command: 'abort', id }]);
  await page.fill('#find', '10.0.0.0/8');
  await page.selectOption('#find-service', 'echo');
  await page.fill('#find-idle', '1m');
  await page.click('#abort-found');
  await page.click('#confirm-yes');
  await holds(page, () => document.querySelector('#operate-answer').textContent.includes('abort: done'));
  assert.deepEqual(world.commands[1], { command: 'abort', service: 'echo', peer: '10.0.0.0/8', idle: '1m' });
}, { world: { stays: true } });

mocked('Operate_WithAToken_PausesAndShowsTheChangesOfADryRun', async (page, world) => {
  await page.fill('#token', 'wrong');
  await page.click('#dry-run');
  await holds(page, () => document.querySelector('#operate-answer').textContent.includes('token'));
  assert.deepEqual(world.commands, []);
  await page.fill('#token', token);
  await page.click('#dry-run');
  await holds(page, () => document.querySelector('#operate-answer').textContent.includes('ports.2005 = "custom"'));
  await page.click('[aria-label="Pause echo"]');
  await page.locator('[aria-label="Resume echo"]').waitFor();
  assert.deepEqual(world.commands, [{ command: 'reload', dry_run: true }, { command: 'pause', service: 'echo' }]);
});

mocked('Page_ThatOnlyShows_HasNoButtonsOfAnOperator', async (page) => {
  await toConnections(page);
  assert.equal(await page.locator('#services-rows button, #connections-rows button').count(), 0);
  assert.ok(await page.locator('#operate').isHidden());
  assert.ok(await page.locator('#abort-found').isHidden());
}, { options: { operates: false } });

mocked('Daemon_ThatGoesAwayAndComesBack_IsToldAtOnce', async (page, world) => {
  await holds(page, () => document.querySelector('#services-rows .limit'));
  world.isAway = true;
  await holds(page, () => /The daemon has not answered since \d\d:.*connection refused\. The values below/.test(document.querySelector('#away').innerText));
  assert.notEqual(await page.locator('body').getAttribute('data-away'), null);
  assert.match(await text(page, '#services-rows'), /echo/);
  world.isAway = false;
  await page.locator('#away').waitFor({ state: 'hidden' });
}, { options: fast });

mocked('Stream_ThatIsCut_IsToldAndOpenedAgain', async (page, world, mock) => {
  await holds(page, () => document.querySelector('#services-rows .limit'));
  mock.cut();
  await holds(page, () => /The web process has not answered since \d\d:/.test(document.querySelector('#away').innerText));
  await page.locator('#away').waitFor({ state: 'hidden' });
});

mocked('Map_WithoutServices_IsSaid', async (page) => {
  await holds(page, () => document.querySelector('#services-rows').textContent.includes('The map has no services.'));
  assert.match(await text(page, '#headline'), /Serving 0 services/);
}, { world: { services: 0 } });

mocked('Theme_AndKeys_AreChosen', async (page) => {
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await page.keyboard.press('d');
  await page.keyboard.press('d');
  assert.equal(await text(page, '#theme'), 'Dark');
  assert.notEqual(await ground(), light);
  await page.reload();
  assert.equal(await text(page, '#theme'), 'Dark');
  await holds(page, () => document.documentElement.dataset.alive !== undefined);
  await page.keyboard.press('/');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'find');
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  assert.match(await text(page, '#keys'), /find connections/);
  await page.uncheck('#keys-on');
  await page.keyboard.press('Escape');
  await page.keyboard.press('/');
  assert.notEqual(await page.evaluate(() => document.activeElement.id), 'find');
});

mocked('Keyboard_ReachesEveryPart', async (page) => {
  await holds(page, () => document.querySelector('#services-rows .limit'));
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
  const reached = await page.evaluate(() => [...document.querySelectorAll('a, button, input, select, summary, [tabindex="0"]')]
    .filter((node) => node.checkVisibility() && node.tabIndex === 0).map((node) => node.closest('section, details')?.id).filter(Boolean));
  for (const part of ['operate', 'timeline', 'trouble', 'services', 'sockets', 'connections', 'events', 'explain', 'map', 'words']) {
    assert.ok(reached.includes(part), `the keyboard does not reach ${part}`);
  }
});

mocked('Timeline_UnderTheArrowKeys_ReadsItsValues', async (page) => {
  await holds(page, () => document.querySelector('.plot .area')?.getAttribute('d'));
  assert.match(await text(page, '.lane'), /no answer.*restart.*reload/);
  await page.focus('.plot');
  await page.keyboard.press('Home');
  const first = await page.locator('.plot').getAttribute('aria-valuetext');
  assert.match(first, /\d+ live, .*accepted; p50 .* to start; \d\d:\d\d:\d\d; .*refused/);
  await page.keyboard.press('PageUp');
  assert.notEqual(await page.locator('.plot').getAttribute('aria-valuetext'), first);
});

mocked('Explain_OfAPeerThatIsRefused_MarksTheGateThatDecides', async (page) => {
  await page.fill('[name=peer]', '203.0.113.9');
  await page.fill('[name=socket]', '21');
  await page.keyboard.press('Enter');
  assert.match(await text(page, '.gates .decides'), /address.*203\.0\.113\.0\/24.*decides/);
  assert.match(await text(page, '#explain-answer'), /would be refused: address/);
  await page.fill('[name=peer]', strange);
  await page.keyboard.press('Enter');
  await holds(page, () => document.querySelector('#explain-answer').textContent.includes('is not an address'));
});

mocked('Map_IsSearched', async (page) => {
  await page.locator('#map').scrollIntoViewIfNeeded();
  await holds(page, () => document.querySelectorAll('#map-rows tr').length > 5);
  await page.fill('#map-find', 'exec');
  await holds(page, () => document.querySelectorAll('#map-rows tr').length === 1);
  assert.match(await text(page, '#map-rows'), /services\.ftp\.exec.*in\.ftpd/);
});

if (real) {
  test('Page_WithoutJavaScript_HasTheSameFacts', async () => {
    const facts = async (page) => ({
      services: (await page.locator('#services-rows tbody th b, #services-rows th b').allTextContents()).sort(),
      states: await page.locator('#services-rows .state b').allTextContents(),
      sockets: (await page.locator('#sockets-rows .address').allTextContents()).sort(),
      headline: (await text(page, '#headline')).trim(),
      limits: await page.locator('#services-rows .limit-name').allTextContents(),
    });
    let live;
    await onPage(browser, real, {}, async (page) => {
      await holds(page, () => document.documentElement.dataset.alive !== undefined && document.querySelector('#services-rows .rise'));
      live = await facts(page);
    });
    await onPage(browser, real, { javaScriptEnabled: false }, async (page) => assert.deepEqual(await facts(page), live));
  });
}
