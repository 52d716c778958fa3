// One small chart of the timeline: lines or columns over the time axis that all charts share.

import { make, put, say } from './dom.js';

export const left = 44;
const right = 6;
const top = 5;

/** The next round number: 1, 2 or 5 times a power of ten. */
function roundUp(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value * 0.999);
}

/**
 * `series`: each with a `name`, a `look` (area, line, dashed or columns) and `of`, its value in a sample. `show` formats a value.
 */
export class Chart {
  #series;
  #show;
  #paths;
  #grid = make('path', { class: 'grid' });
  #marks = make('path', { class: 'marks' });
  #cursor = make('path', { class: 'cursor' });
  #most = make('text', { class: 'axis', 'text-anchor': 'end' });
  #zero = make('text', { class: 'axis', 'text-anchor': 'end' });
  #svg;

  constructor(title, series, show) {
    this.#series = series;
    this.#show = show;
    this.#paths = series.map(({ look }) => make('path', { class: look }));
    this.#svg = make('svg', { class: 'chart', 'aria-hidden': 'true' }, this.#grid, ...this.#paths, this.#marks, this.#cursor, this.#most,
      this.#zero);
    this.value = make('span', { class: 'value' });
    this.node = make('div', { class: 'figure-row' }, make('div', { class: 'legend' }, make('b', {}, title), this.value), this.#svg);
  }

  /** Where a time is, from 0 at the left edge; the same in every chart. */
  static place(time, scale, width) {
    return left + ((time - scale.from) / (scale.to - scale.from)) * (width - left - right);
  }

  /** Draws the samples of the scale, with gaps where there are none. */
  draw(samples, marks, scale) {
    const width = this.#svg.clientWidth || 600;
    const height = this.#svg.clientHeight || 64;
    put(this.#svg, 'viewBox', `0 0 ${width} ${height}`);
    const values = this.#series.map(({ of }) => samples.map(of));
    const most = roundUp(Math.max(0, ...values.flat().filter(Number.isFinite)));
    const x = (time) => Chart.place(time, scale, width).toFixed(1);
    const y = (value) => (height - 2 - (Math.min(value, most) / most) * (height - 2 - top)).toFixed(1);
    put(this.#grid, 'd', `M${left} ${y(0)}H${width - right}M${left} ${y(most)}H${width - right}M${left} ${y(most / 2)}H${width - right}`);
    this.#paths.forEach((path, at) => put(path, 'd', this.#series[at].look === 'columns'
      ? columnsOf(samples, values[at], x, y, scale) : lineOf(samples, values[at], x, y, scale, this.#series[at].look === 'area')));
    put(this.#marks, 'd', marks.map((mark) => `M${x(mark.time)} 0V${height}`).join(''));
    say(this.#most, this.#show(most));
    say(this.#zero, '0');
    for (const [text, place] of [[this.#most, top + 7], [this.#zero, height - 2]]) {
      put(text, 'x', left - 6);
      put(text, 'y', place);
    }
  }

  /** Points at a sample; null: at none. */
  point(sample, scale) {
    const width = this.#svg.clientWidth || 600;
    put(this.#cursor, 'd', sample ? `M${Chart.place(sample.time, scale, width).toFixed(1)} 0V${this.#svg.clientHeight}` : '');
  }
}

function lineOf(samples, values, x, y, scale, isArea) {
  let path = '';
  let start = null;
  let last = null;
  const close = () => {
    if (isArea && start !== null) path += `L${x(last)} ${y(0)}L${x(start)} ${y(0)}Z`;
    start = null;
  };
  samples.forEach((sample, at) => {
    if (!Number.isFinite(values[at])) return close();
    if (last !== null && sample.time - last > scale.interval * 2.5) close();
    path += `${start === null ? 'M' : 'L'}${x(sample.time)} ${y(values[at])}`;
    start ??= sample.time;
    last = sample.time;
  });
  close();
  return path;
}

function columnsOf(samples, values, x, y, scale) {
  return samples.map((sample, at) => (values[at] > 0
    ? `M${x(sample.time - scale.interval * 0.85)} ${y(0)}V${y(values[at])}H${x(sample.time)}V${y(0)}Z` : '')).join('');
}
