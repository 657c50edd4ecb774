/** Speaking with the machine: touches in order, screens as they come. The token of this boot goes with every request. */

const TIMEOUT_MS = 10_000;
const SILENCE_MS = 12_000;
const RETRY_MS = 1_000;

export class Refused extends Error {
  /** @param {{code: string, ja: string, en: string}} problem */
  constructor(problem) {
    super(problem.code);
    this.problem = problem;
  }
}

export class Machine {
  #base;
  #token;
  #last = Promise.resolve();

  constructor(base, token) {
    this.#base = base;
    this.#token = token;
  }

  /** Post one thing after the other: the digits of a PIN must arrive in order. */
  post(path, body) {
    const next = this.#last.then(() => this.#post(path, body));
    this.#last = next.catch(() => undefined);
    return next;
  }

  async #post(path, body) {
    const answer = await fetch(`${this.#base}/api/${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Kiosk-Token": this.#token },
      body: JSON.stringify(body),
      cache: "no-store",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const said = await answer.json();
    if (!answer.ok) throw new Refused(said);
    return said;
  }

  /** Follow a stream for ever; `lost` is told when it breaks or falls silent, and it is opened again. */
  async follow(path, heard, lost = () => undefined, silence = SILENCE_MS) {
    for (;;) {
      try {
        await this.#stream(path, heard, silence);
      } catch {
        lost();
      }
      await new Promise((wake) => setTimeout(wake, RETRY_MS));
    }
  }

  async #stream(path, heard, silence) {
    const given = new AbortController();
    const answer = await fetch(`${this.#base}/api/${path}`, {
      headers: { "X-Kiosk-Token": this.#token },
      cache: "no-store",
      signal: given.signal,
    });
    if (answer.status === 403) location.reload(); // another boot, another token
    if (!answer.ok) throw new Error(`stream ${answer.status}`);
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const alarm = silence && setTimeout(() => given.abort(), silence);
      const { value, done } = await reader.read();
      clearTimeout(alarm);
      if (done) throw new Error("stream ended");
      const events = (rest + value).split("\n\n");
      rest = events.pop();
      for (const event of events) heard(JSON.parse(event.slice(event.indexOf("data: ") + 6)));
    }
  }
}
