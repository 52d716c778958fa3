// Elements. Text goes in as text only: nothing of a peer is ever read as HTML.

const svgSpace = 'http://www.w3.org/2000/svg';
const svgTags = new Set(['svg', 'use', 'rect', 'path', 'line', 'text', 'g', 'circle']);

/** The element of the page with an id. */
export const byId = (id) => document.getElementById(id);

/** Creates an element with attributes and children; a child is an element or a text. */
export function make(tag, attributes = {}, ...children) {
  const node = svgTags.has(tag) ? document.createElementNS(svgSpace, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) put(node, name, value);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** Sets an attribute, or removes it where the value is null, unless it is so already. */
export function put(node, name, value) {
  if (value === null || value === undefined || value === false) {
    if (node.hasAttribute(name)) node.removeAttribute(name);
  } else {
    const text = value === true ? '' : String(value);
    if (node.getAttribute(name) !== text) node.setAttribute(name, text);
  }
}

/** Sets the text of an element, unless it is so already: a text that stays costs no layout. */
export function say(node, value) {
  const text = String(value);
  const only = node.firstChild;
  if (only && only === node.lastChild && only.nodeType === Node.TEXT_NODE) {
    if (only.data !== text) only.data = text;
  } else if (only || text) {
    node.textContent = text;
  }
}

/** A shape of the page's set, such as `good`. */
export const shape = (name) =>
  make('svg', { class: 'mark', 'aria-hidden': 'true', width: 10, height: 10 }, make('use', { href: `#mark-${name}` }));

/** Shows another shape. */
export const reshape = (mark, name) => put(mark.firstChild, 'href', `#mark-${name}`);

/**
 * Keeps the children of an element in step with a list: one child for each item, found again by its key.
 * `create` makes the child and returns its view, whose `node` is shown and whose `update` gets the item.
 */
export function inStep(parent, items, keyOf, create) {
  const views = parent.views ?? (parent.replaceChildren(), parent.views = new Map());
  const seen = new Set();
  let next = parent.firstChild;
  for (const item of items) {
    const key = keyOf(item);
    seen.add(key);
    let view = views.get(key);
    if (!view) views.set(key, view = create(item));
    view.update(item);
    if (view.node === next) next = next.nextSibling;
    else parent.insertBefore(view.node, next);
  }

  for (const [key, view] of views) {
    if (!seen.has(key)) {
      view.node.remove();
      views.delete(key);
    }
  }
}
