// Questions to the web process that are answered once.

/** The answer as an object; where there is none, one with a message that says why. */
export async function ask(path, options = {}) {
  try {
    const response = await fetch(path, { headers: { Accept: 'application/json' }, ...options });
    const text = await response.text();
    try {
      return { httpStatus: response.status, messages: [], ...JSON.parse(text) };
    } catch {
      return { httpStatus: response.status, messages: [text.slice(0, 500) || `the web process answers ${response.status}`] };
    }
  } catch {
    return { httpStatus: 0, messages: ['the web process does not answer; is netsuperd web still running?'] };
  }
}
