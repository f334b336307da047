// @ts-check
import { html, nothing, render } from 'lit';
import * as echarts from 'echarts';
import { takeData } from '../dom.js';
import { showNumber } from '../model/number.js';

/**
 * The JSON child of `<zg-chart label>`. Values are decimals as text; `links[i]` of a series is the address of the records behind point i; `dots`: no line
 * joins them.
 * @typedef {{kind: 'bar'|'line'|'area'|'pie'|'funnel'|'gauge', categories: string[], series: {name: string, values: (string | number | null)[], kind?: 'bar'|'line', links?: string[], axis?: 'right', unit?: string, dots?: boolean}[],
 *   unit?: string, stacked?: boolean, horizontal?: boolean, target?: string | number}} ChartData
 */

/** Canvas, because the CSP forbids the style attributes of the SVG renderer, and a tooltip drawn as rich text for the same reason. The same numbers
 * stand in a table that only screen readers meet. `data` may be set again; colours follow the theme. */
export class ZgChart extends HTMLElement {
  connectedCallback() {
    if (!this._data) {
      this._data = takeData(this, /** @type {ChartData} */ ({ kind: 'bar', categories: [], series: [] }));
      this.classList.add('chart');
      this.box = document.createElement('div');
      this.box.className = 'chart';
      this.table = document.createElement('div');
      this.table.className = 'sr';
      this.append(this.box, this.table);
    }
    this.box?.setAttribute('role', 'img');
    this.box?.setAttribute('aria-label', this.getAttribute('label') ?? '');
    this.chart = echarts.init(/** @type {HTMLElement} */ (this.box), null, { renderer: 'canvas' });
    this.chart.on('click', (/** @type {any} */ event) => {
      const link = this._data?.series[event.seriesIndex]?.links?.[event.dataIndex];
      if (link) location.assign(link);
    });
    this.resize = new ResizeObserver(() => this.chart?.resize());
    this.resize.observe(/** @type {HTMLElement} */ (this.box));
    this._repaint = () => this.draw();
    document.addEventListener('zg-theme', this._repaint);
    this.media = matchMedia('(prefers-color-scheme: dark)');
    this.media.addEventListener('change', this._repaint);
    this.draw();
  }

  disconnectedCallback() {
    this.resize?.disconnect();
    this.chart?.dispose();
    if (this._repaint) {
      document.removeEventListener('zg-theme', this._repaint);
      this.media?.removeEventListener('change', this._repaint);
    }
  }

  /** @param {ChartData} data */
  set data(data) {
    this._data = data;
    if (this.chart) this.draw();
  }

  draw() {
    const data = /** @type {ChartData} */ (this._data);
    const style = getComputedStyle(this);
    const colour = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.chart?.setOption({
      color: [1, 2, 3, 4, 5, 6, 7, 8].map((n) => colour(`chart-${n}`)),
      textStyle: { fontFamily: style.fontFamily, color: colour('text-2') },
      animation: !calm, animationDuration: 260, aria: { enabled: false },
      tooltip: { renderMode: 'richText', trigger: ['bar', 'line', 'area'].includes(data.kind) ? 'axis' : 'item', backgroundColor: colour('raised'), borderColor: colour('line'), textStyle: { color: colour('text'), fontSize: 12.5 }, axisPointer: { type: 'shadow', shadowStyle: { color: colour('text'), opacity: 0.05 } },
        valueFormatter: (/** @type {any} */ value) => showNumber(value) + (data.unit ? ` ${data.unit}` : '') },
      ...options(data, colour),
    }, true);
    this._list(data);
  }

  /** @param {ChartData} data */
  _list(data) {
    render(html`<table><caption>${this.getAttribute('label') ?? ''}</caption><thead><tr><td></td>${data.series.map((one) => html`<th scope="col">${one.name}</th>`)}</tr></thead>
      <tbody>${data.categories.map((name, at) => html`<tr><th scope="row">${name}</th>${data.series.map((one) => html`<td>${one.links?.[at] ? html`<a href=${one.links[at]}>${showNumber(one.values[at])}</a>` : showNumber(one.values[at])}${data.unit ?? nothing}</td>`)}</tr>`)}</tbody></table>`, /** @type {HTMLElement} */ (this.table));
  }
}

/** @param {ChartData} data @param {(name: string) => string} colour @returns {any} */
function options(data, colour) {
  const legend = { top: 6, right: 12, itemWidth: 10, itemHeight: 10, itemGap: 14, icon: 'roundRect', textStyle: { color: colour('mute'), fontSize: 12 } };
  if (data.kind === 'pie') {
    return {
      legend: { ...legend, top: 'middle', right: 14, orient: 'vertical', itemGap: 9 },
      series: [{ type: 'pie', radius: ['52%', '78%'], center: ['36%', '50%'], padAngle: 1.5, itemStyle: { borderRadius: 4 }, label: { show: false }, data: points(data) }],
    };
  }
  if (data.kind === 'funnel') {
    return { series: [{ type: 'funnel', left: '10%', right: '10%', top: 12, bottom: 12, gap: 3, label: { position: 'inside', formatter: '{b}  {c}', color: '#fff' }, itemStyle: { borderWidth: 0 }, data: points(data) }] };
  }
  if (data.kind === 'gauge') {
    const value = Number(data.series[0]?.values[0] ?? 0);
    return { series: [{ type: 'gauge', startAngle: 200, endAngle: -20, max: Number(data.target ?? 100), progress: { show: true, width: 14 }, pointer: { show: false }, axisLine: { lineStyle: { width: 14, color: [[1, colour('sunken')]] } }, axisTick: { show: false }, splitLine: { show: false }, axisLabel: { show: false }, detail: { offsetCenter: [0, 0], fontSize: 24, color: colour('text') }, data: [{ value }] }] };
  }
  const category = { type: 'category', data: data.categories, axisTick: { show: false }, axisLine: { lineStyle: { color: colour('line-strong') } }, axisLabel: { color: colour('mute'), fontSize: 11.5, hideOverlap: true } };
  const value = { type: 'value', name: data.unit, nameTextStyle: { color: colour('mute'), fontSize: 11, align: 'left', padding: [0, 0, 0, -30] }, splitLine: { lineStyle: { color: colour('line-soft') } }, axisLabel: { color: colour('mute'), fontSize: 11.5, hideOverlap: true } };
  return {
    legend: data.series.length > 1 ? legend : { show: false },
    grid: { left: 12, right: 16, top: data.series.length > 1 || data.unit ? 36 : 14, bottom: 8, containLabel: true },
    xAxis: data.horizontal ? value : category,
    yAxis: data.horizontal ? { ...category, inverse: true } : data.series.some((one) => one.axis === 'right') ? [value, { ...value, name: undefined, splitLine: { show: false }, axisLabel: { ...value.axisLabel, formatter: `{value}${data.series.find((one) => one.axis === 'right')?.unit ?? ''}` } }] : value,
    series: data.series.map((one, at) => series(data, one, at, colour)),
  };
}

/** @param {ChartData} data @param {ChartData['series'][number]} one @param {number} at @param {(name: string) => string} colour */
function series(data, one, at, colour) {
  const line = (one.kind ?? data.kind) !== 'bar';
  const top = at === data.series.length - 1 || !data.stacked;
  return {
    name: one.name, type: line ? 'line' : 'bar', yAxisIndex: one.axis === 'right' ? 1 : undefined, stack: data.stacked ? 'all' : undefined, data: one.values.map((value) => (value === null ? null : Number(value))),
    barMaxWidth: 26, itemStyle: line ? undefined : { borderRadius: top ? (data.horizontal ? [0, 4, 4, 0] : [4, 4, 0, 0]) : 0 }, cursor: one.links ? 'pointer' : 'default',
    smooth: 0.25, symbol: 'circle', symbolSize: one.dots ? 9 : 5, showSymbol: one.dots || data.categories.length < 20, lineStyle: { width: one.dots ? 0 : 2.25 }, areaStyle: data.kind === 'area' ? { opacity: 0.14 } : undefined,
    markLine: data.target !== undefined && at === 0 ? { symbol: 'none', silent: true, lineStyle: { color: colour('solid-red'), type: 'dashed' }, label: { color: colour('mute') }, data: [data.horizontal ? { xAxis: Number(data.target) } : { yAxis: Number(data.target) }] } : undefined,
  };
}

/** @param {ChartData} data */
const points = (data) => data.categories.map((name, at) => ({ name, value: Number(data.series[0]?.values[at] ?? 0) }));

customElements.define('zg-chart', ZgChart);
