// Connections, refusals and latencies of the last 15 minutes on one time axis; the value under the pointer or the arrow keys is read out.

import { byId, make, put, say } from './dom.js';
import { Chart } from './chart.js';
import { clock, count, none, of, rate, span, sumOf } from './format.js';

const minutes = 15;
const texts = { reload: 'reload', restart: 'restart', down: 'no answer', up: 'answers again' };
const seconds = (value) => (Number.isFinite(value) ? value / 1000 : NaN);

export class Timeline {
  #samples = [];
  #marks = [];
  #interval = 5;
  #at = null;
  #drawing = 0;
  #lane = make('div', { class: 'lane', 'aria-hidden': 'true' });
  #axis = make('div', { class: 'axis-times', 'aria-hidden': 'true' });
  #read = make('p', { class: 'read' });
  #root = make('div', {
    class: 'plot', tabindex: 0, role: 'slider', 'aria-label': 'Time; the arrow keys move it', 'aria-valuemin': 0, 'aria-valuemax': 0,
    'aria-valuenow': 0,
  });
  #live = new Chart('Connections', [{ look: 'area', of: (s) => s.live }], count);
  #refused = new Chart('Refused', [{ look: 'columns', of: (s) => sumOf(s.refused) / this.#interval }], (value) => `${rate(value)}/s`);
  #start = new Chart('Start',
    [{ look: 'dashed', of: (s) => seconds(s.start_ms?.p95) }, { look: 'line', of: (s) => seconds(s.start_ms?.p50) }],
    (value) => span(value).replace('.0', ''));

  constructor() {
    this.#root.append(this.#lane, this.#live.node, this.#refused.node, this.#start.node, this.#axis);
    byId('charts').replaceChildren(this.#root, this.#read);
    this.#root.addEventListener('pointermove', (event) => this.#pointAt(event));
    this.#root.addEventListener('pointerleave', () => this.#point(null));
    this.#root.addEventListener('keydown', (event) => this.#press(event));
    this.#root.addEventListener('blur', () => this.#point(null));
    new ResizeObserver(() => this.#drawSoon()).observe(this.#root);
  }

  begin({ interval_s: interval, samples, marks }) {
    this.#interval = interval || 5;
    this.#samples = (samples ?? []).map(timed);
    this.#marks = (marks ?? []).map(timed);
    this.#drawSoon();
  }

  add(sample) {
    this.#samples.push(timed(sample));
    this.#drawSoon();
  }

  mark(mark) {
    this.#marks.push(timed(mark));
    this.#drawSoon();
  }

  /** Before the next picture, and once for all that has come until then. */
  #drawSoon() {
    this.#drawing ||= requestAnimationFrame(() => {
      this.#drawing = 0;
      this.#draw();
    });
  }

  get #scale() {
    const to = Math.max(this.#samples.at(-1)?.time ?? 0, this.#marks.at(-1)?.time ?? 0) || Date.now() / 1000;
    return { from: to - minutes * 60, to, interval: this.#interval };
  }

  #draw() {
    const scale = this.#scale;
    this.#samples = this.#samples.filter((sample) => sample.time >= scale.from);
    this.#marks = this.#marks.filter((mark) => mark.time >= scale.from);
    for (const chart of [this.#live, this.#refused, this.#start]) chart.draw(this.#samples, this.#marks, scale);
    this.#drawTimes(scale);
    put(this.#root, 'aria-valuemax', Math.max(0, this.#samples.length - 1));
    this.#point(this.#samples.includes(this.#at) ? this.#at : null);
  }

  #drawTimes(scale) {
    const width = this.#root.clientWidth;
    const step = width < 420 ? 300 : 180;
    const times = [];
    for (let time = Math.ceil(scale.from / step) * step; time < scale.to - step / 6; time += step) times.push(time);
    this.#axis.replaceChildren(...times.map((time) => placed(make('span', {}, clock(time * 1000).slice(0, 5)), time, scale, width)));
    this.#drawMarks(scale, width);
  }

  /** Each mark with its text on the side that is free; marks that stand close together have one text. */
  #drawMarks(scale, width) {
    let words = [];
    let free = 0;
    this.#lane.replaceChildren(...this.#marks.map((mark, at) => {
      const [place, next] = [mark, this.#marks[at + 1]].map((each) => (each ? Chart.place(each.time, scale, width) : width));
      words.push(texts[mark.kind] ?? mark.kind);
      const label = words.join(', ');
      const length = label.length * 6.3 + 12;
      const side = next - place >= length ? 'after' : place - length >= free ? 'before' : null;
      free = side === 'after' ? place + length : place + 6;
      if (side) words = [];
      return placed(make('span', { class: side }, make('i'), side ? label : ''), mark.time, scale, width);
    }));
  }

  #pointAt(event) {
    const scale = this.#scale;
    const box = this.#root.getBoundingClientRect();
    const near = (sample) => Math.abs(Chart.place(sample.time, scale, box.width) - (event.clientX - box.left));
    this.#point(this.#samples.reduce((best, sample) => (best && near(best) <= near(sample) ? best : sample), null));
  }

  #press(event) {
    const last = this.#samples.length - 1;
    const at = this.#at ? this.#samples.indexOf(this.#at) : last;
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, ArrowDown: at - 1, ArrowUp: at + 1, PageDown: at - 12, PageUp: at + 12,
      Home: 0, End: last }[event.key];
    if (to === undefined || last < 0) return;
    event.preventDefault();
    this.#point(this.#samples[Math.min(last, Math.max(0, to))]);
  }

  #point(sample) {
    this.#at = sample;
    const shown = sample ?? this.#samples.at(-1);
    for (const chart of [this.#live, this.#refused, this.#start]) chart.point(sample, this.#scale);
    if (!shown) return say(this.#read, 'The first sample comes within five seconds.');
    const words = Object.entries(shown.refused ?? {}).filter(([, value]) => value).map(([word, value]) => `${word} ${value}`).join(', ');
    const percentiles = (times, factor) => (times ? `p50 ${span(times.p50 * factor)}, p95 ${span(times.p95 * factor)}` : none);
    say(this.#live.value, `${count(shown.live)} live, ${rate(shown.accepted / this.#interval)}/s accepted`);
    say(this.#refused.value, `${rate(sumOf(shown.refused) / this.#interval)}/s`);
    say(this.#start.value, percentiles(shown.start_ms, 0.001));
    const marks = this.#marks.filter((mark) => Math.abs(mark.time - shown.time) <= this.#interval)
      .map((mark) => texts[mark.kind] ?? mark.kind);
    const text = [clock(shown.at), ...marks, words ? `refused: ${words}` : 'nothing refused', `lasted ${percentiles(shown.duration_s, 1)}`,
      `ended ${of(sumOf(shown.ended), 'connection')}`].join('; ');
    say(this.#read, text);
    put(this.#root, 'aria-valuenow', this.#samples.indexOf(shown));
    put(this.#root, 'aria-valuetext', `${this.#live.value.textContent}; ${this.#start.value.textContent} to start; ${text}`);
  }
}

const timed = (item) => ({ ...item, time: Date.parse(item.at) / 1000 });

function placed(node, time, scale, width) {
  node.style.left = `${Chart.place(time, scale, width)}px`;
  return node;
}
