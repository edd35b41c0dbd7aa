// What people type, read as the server reads it, and the conditions and checks of a form. Nothing here touches the page.
// Numbers are exact: {n, d} is n / 10^d with n a BigInt, so that sums and limits come out as on the server.
"use strict";

globalThis.anslag = (() => {
  // What the server stores (grants/cleaning.py): NFC, one kind of line break, no invisible marks, no space at the ends.
  const UNFIT = new RegExp(
    "[\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u2069\\ufeff\\ufff0-\\uffff\\ud800-\\udfff]",
    "gu",
  );
  const stored = (text) => text.replace(/\r\n?/g, "\n").replace(UNFIT, "").normalize("NFC").trim();

  // -- Numbers, amounts and days (grants/numbers.py, grants/money.py). Each is null when it is not one.
  const LARGEST = 10n ** 12n;
  const MOST_DECIMALS = 10;
  const LARGEST_KRONOR = 10n ** 10n;

  function decimal(bare) {
    const found = /^([-+]?)(?=[.,]?\d)(\d*)(?:[.,](\d*))?$/.exec(bare);
    if (!found) return null;
    const [, sign, whole, rest = ""] = found;
    return { n: BigInt((sign === "-" ? "-" : "") + (whole + rest || "0")), d: rest.length };
  }
  const over = (a, b) => [a.n * 10n ** BigInt(Math.max(0, b.d - a.d)), b.n * 10n ** BigInt(Math.max(0, a.d - b.d))];
  const compare = (a, b) => ((x, y) => (x < y ? -1 : x > y ? 1 : 0))(...over(a, b));
  const plus = (a, b) => ({ n: over(a, b).reduce((x, y) => x + y), d: Math.max(a.d, b.d) });
  const isBeyond = (a, most) => compare({ n: a.n < 0n ? -a.n : a.n, d: a.d }, { n: most, d: 0 }) > 0;

  function number(text) {
    const value = decimal(stored(text).replace(/\s+/g, ""));
    return value && value.d <= MOST_DECIMALS && !isBeyond(value, LARGEST) ? value : null;
  }
  // A krona has two decimals, never three: three digits after a comma or a point are thousands.
  function ore(text) {
    let bare = stored(text).toLowerCase().replace(/kr$/, "").replace(/^sek/, "").replace(/\s+/g, "");
    if (/^-?\d{1,3}(,\d{3})+(\.\d{1,2})?$/.test(bare)) bare = bare.replaceAll(",", "");
    else if (/^-?\d{1,3}(\.\d{3})+(,\d{1,2})?$/.test(bare)) bare = bare.replaceAll(".", "");
    const value = decimal(bare);
    if (!value || isBeyond(value, LARGEST_KRONOR)) return null;
    const [n, unit] = [value.n * 100n, 10n ** BigInt(value.d)];
    const up = n % unit < 0n ? -(n % unit) : n % unit;
    return n / unit + (2n * up >= unit ? (n < 0n ? -1n : 1n) : 0n); // half away from zero
  }
  function day(text) {
    const found = /^(\d{4})-(\d\d)-(\d\d)$/.exec(stored(text));
    if (!found) return null;
    const [y, m, d] = found.slice(1).map(Number);
    const last = [31, y % 4 || (y % 100 === 0 && y % 400) ? 28 : 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][m - 1];
    return y && last && d && d <= last ? { n: BigInt(y * 10000 + m * 100 + d), d: 0, isDay: true } : null;
  }
  function months(first, last) {
    const [a, b] = [day(first), day(last)].map((x) => x && Number(x.n));
    if (!a || !b) return null;
    const begun = Math.trunc(b / 10000) * 12 + (Math.trunc(b / 100) % 100) - Math.trunc(a / 10000) * 12 - (Math.trunc(a / 100) % 100);
    return { n: BigInt(begun + (b % 100 >= a % 100 ? 1 : 0)), d: 0 };
  }

  // An answer as something that can be compared; null when it cannot, or is wrong in itself.
  // `asked`: {kind, least, most} as grants/applications/pages/live.py sends it.
  function comparable(asked, text) {
    if (!stored(text)) return null;
    if (asked.kind === "date") return day(text);
    const value = asked.kind === "money" ? amount(ore(text)) : asked.kind === "number" ? number(text) : null;
    if (!value) return null;
    if (asked.least !== undefined && compare(value, decimal(asked.least)) < 0) return null;
    if (asked.most !== undefined && compare(value, decimal(asked.most)) > 0) return null;
    return value;
  }
  const amount = (ore_) => (ore_ === null || ore_ < 0n ? null : { n: ore_, d: 2 });

  // -- Conditions. `given`: {texts(field), fact(name)}, the texts of an answer and the figures of the application.
  function holds(condition, given) {
    if (condition.all) return condition.all.every((part) => holds(part, given));
    if (condition.any) return condition.any.some((part) => holds(part, given));
    if (condition.fact) return within(condition, given.fact(condition.fact));
    const texts = given.texts(condition.field).map(stored).filter((text) => text && (condition.options?.includes(text) ?? true));
    if (condition.answered !== undefined && condition.answered !== texts.length > 0) return false;
    if (condition.equals && !texts.some((text) => condition.equals.includes(text))) return false;
    if (condition.not_equals && (!texts.length || texts.some((text) => condition.not_equals.includes(text)))) return false;
    return within(condition, texts.length ? comparable(condition, texts[0]) : null);
  }
  function within(condition, value) {
    const low = bound(condition.at_least);
    const high = bound(condition.at_most);
    return (low === null || inOrder(low, value)) && (high === null || inOrder(value, high));
  }
  const bound = (text) => (text === undefined ? null : (day(text) ?? decimal(text)));
  const inOrder = (a, b) => Boolean(a && b) && Boolean(a.isDay) === Boolean(b.isDay) && compare(a, b) <= 0;

  // -- Checks: whether two values disagree. Nothing is wrong while one of them is missing.
  const RELATIONS = {
    at_most: (order) => order <= 0,
    at_least: (order) => order >= 0,
    equal: (order) => order === 0,
    before: (order) => order < 0,
    after: (order) => order > 0,
  };
  function side(part, given) {
    if (part.number !== undefined) return decimal(part.number);
    if (part.fact) return given.fact(part.fact);
    if (!part.field) return null;
    const texts = given.texts(part.field);
    if (part.width === undefined) return texts.length ? comparable(part, texts[0]) : null;
    const cells = texts.filter((_text, n) => n % part.width === part.column).map((text) => comparable(part, text));
    const numbers = cells.filter(Boolean);
    return numbers.length ? numbers.reduce(plus) : null;
  }
  function disagrees(check, given) {
    const [left, right] = [side(check.left, given), side(check.right, given)];
    return Boolean(left && right) && !RELATIONS[check.relation](compare(left, right));
  }

  return { stored, decimal, number, ore, day, months, comparable, holds, disagrees };
})();
