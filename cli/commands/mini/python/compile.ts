import { Real } from '../../../../core/formats/json';
import { CommandError } from '../../../command';
import { parseFormat } from '../../../render/format-string';
import { attributeOf, type Place, standardNames } from './library';
import { binary, formatted, subscript } from './operators';
import { PySyntaxError, type Token, tokenize } from './tokens';
import { compare, equal, items, type PyVal, pyText, truth, typeName } from './values';

export { PySyntaxError } from './tokens';

type Scope = ReadonlyMap<string, PyVal>;
type Code = (scope: Scope) => PyVal;

/**
 * Compiles a Python expression of `x`, a string: operators, calls, slices, conditions, comprehensions, f-strings, and the names of library.ts.
 * @throws PySyntaxError
 */
export function compilePython(code: string, place: Place): (x: string) => PyVal {
  const expression = compileExpression(code);
  const names = standardNames(place);
  return (x) => expression(new Map([...names, ['x', x]]));
}

function compileExpression(code: string): Code {
  const parser = new Parser(tokenize(code));
  const expression = parser.expressions();
  parser.end();
  return expression;
}

const levels: readonly (readonly string[])[] = [
  ['+', '-'],
  ['*', '/', '//', '%'],
];
const comparisons: Readonly<Record<string, (a: PyVal, b: PyVal) => boolean>> = {
  '==': equal,
  '!=': (a, b) => !equal(a, b),
  '<': (a, b) => compare(a, b) < 0,
  '<=': (a, b) => compare(a, b) <= 0,
  '>': (a, b) => compare(a, b) > 0,
  '>=': (a, b) => compare(a, b) >= 0,
  in: (a, b) => contains(b, a),
  'not in': (a, b) => !contains(b, a),
  is: (a, b) => a === b,
  'is not': (a, b) => a !== b,
};
const keywords = new Set(['and', 'or', 'not', 'if', 'else', 'for', 'in', 'is', 'lambda']);

/** A recursive descent parser that makes functions of what it reads. */
class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  end(): void {
    if (this.#at < this.#tokens.length) throw new PySyntaxError('invalid syntax');
  }

  /** An expression, or several with commas: a tuple. */
  expressions(): Code {
    const first = this.expression();
    if (!this.#take(',')) return first;
    const codes = [first];
    while (this.#at < this.#tokens.length) {
      codes.push(this.expression());
      if (this.#at < this.#tokens.length) this.#expect(',');
    }
    return (scope) => codes.map((code) => code(scope));
  }

  expression(): Code {
    if (this.#take('lambda')) return this.#lambda();
    const value = this.#or();
    if (!this.#take('if')) return value;
    const condition = this.#or();
    this.#expect('else');
    const otherwise = this.expression();
    return (scope) => (truth(condition(scope)) ? value(scope) : otherwise(scope));
  }

  /** `NAMES: VALUE`, behind `lambda`. */
  #lambda(): Code {
    const names: string[] = [];
    while (!this.#take(':')) {
      names.push(this.#name());
      if (!this.#peek(0, ':')) this.#expect(',');
    }
    const value = this.expression();
    return (scope) => (args) => {
      if (args.length !== names.length) throw new CommandError(`<lambda>() takes ${names.length} arguments but ${args.length} were given`);
      return value(new Map([...scope, ...names.map((name, i) => [name, args[i]!] as const)]));
    };
  }

  #or(): Code {
    let left = this.#and();
    while (this.#take('or')) {
      const [a, b] = [left, this.#and()];
      left = (scope) =>
        either(
          a(scope),
          (value) => truth(value),
          () => b(scope),
        );
    }
    return left;
  }

  #and(): Code {
    let left = this.#not();
    while (this.#take('and')) {
      const [a, b] = [left, this.#not()];
      left = (scope) =>
        either(
          a(scope),
          (value) => !truth(value),
          () => b(scope),
        );
    }
    return left;
  }

  #not(): Code {
    if (!this.#take('not')) return this.#comparison();
    const operand = this.#not();
    return (scope) => !truth(operand(scope));
  }

  #comparison(): Code {
    const first = this.#arithmetic(0);
    const rest: { test: (a: PyVal, b: PyVal) => boolean; operand: Code }[] = [];
    for (let test = this.#comparator(); test; test = this.#comparator()) rest.push({ test, operand: this.#arithmetic(0) });
    if (rest.length === 0) return first;
    return (scope) => {
      let left = first(scope);
      return rest.every(({ test, operand }) => {
        const right = operand(scope);
        const holds = test(left, right);
        left = right;
        return holds;
      });
    };
  }

  #comparator(): ((a: PyVal, b: PyVal) => boolean) | undefined {
    if (this.#take('not')) {
      this.#expect('in');
      return comparisons['not in'];
    }
    if (this.#take('is')) return comparisons[this.#take('not') ? 'is not' : 'is'];
    for (const symbol of ['==', '!=', '<=', '>=', '<', '>', 'in']) if (this.#take(symbol)) return comparisons[symbol];
    return undefined;
  }

  #arithmetic(level: number): Code {
    const operators = levels[level];
    if (!operators) return this.#unary();
    let left = this.#arithmetic(level + 1);
    for (let symbol = this.#takeAny(operators); symbol; symbol = this.#takeAny(operators)) {
      const [a, operator, b] = [left, symbol, this.#arithmetic(level + 1)];
      left = (scope) => binary(operator, a(scope), b(scope));
    }
    return left;
  }

  #unary(): Code {
    const sign = this.#takeAny(['-', '+']);
    if (!sign) return this.#power();
    const operand = this.#unary();
    return (scope) => binary('*', operand(scope), sign === '-' ? -1 : 1);
  }

  #power(): Code {
    const base = this.#trailers(this.#atom());
    if (!this.#take('**')) return base;
    const exponent = this.#unary();
    return (scope) => binary('**', base(scope), exponent(scope));
  }

  #trailers(code: Code): Code {
    for (let value = code; ; ) {
      const target = value;
      if (this.#take('.')) {
        const name = this.#name();
        value = (scope) => attributeOf(target(scope), name);
      } else if (this.#take('(')) {
        const call = this.#arguments();
        value = (scope) => call(target(scope), scope);
      } else if (this.#take('[')) {
        const index = this.#subscript();
        value = (scope) =>
          subscript(
            target(scope),
            index.map((part) => part?.(scope)),
          );
      } else return value;
    }
  }

  #arguments(): (callee: PyVal, scope: Scope) => PyVal {
    const positional: Code[] = [];
    const named: [string, Code][] = [];
    while (!this.#take(')')) {
      const token = this.#tokens[this.#at];
      if (token?.kind === 'name' && this.#peek(1, '=')) {
        this.#at += 2;
        named.push([token.value, this.expression()]);
      } else positional.push(this.#comprehension(this.expression()));
      if (!this.#peek(0, ')')) this.#expect(',');
    }
    return (callee, scope) => {
      if (typeof callee !== 'function') throw new CommandError(`'${typeName(callee)}' object is not callable`);
      return callee(
        positional.map((code) => code(scope)),
        new Map(named.map(([name, code]) => [name, code(scope)])),
      );
    };
  }

  /** One index, or the up to three parts of a slice (absent ones undefined). */
  #subscript(): (Code | undefined)[] {
    const parts: (Code | undefined)[] = [this.#peek(0, ':') ? undefined : this.expression()];
    while (this.#take(':')) parts.push(this.#peek(0, ':') || this.#peek(0, ']') ? undefined : this.expression());
    this.#expect(']');
    return parts;
  }

  #atom(): Code {
    const token = this.#tokens[this.#at++];
    if (token?.kind === 'number') {
      const value = token.float ? new Real(token.value) : token.value;
      return () => value;
    }
    if (token?.kind === 'string') return this.#string(token);
    if (token?.kind === 'name' && !keywords.has(token.value)) return (scope) => lookup(scope, token.value);
    if (token?.kind === 'operator' && token.value === '(') return this.#parenthesis();
    if (token?.kind === 'operator' && token.value === '[') return this.#list(']');
    if (token?.kind === 'operator' && token.value === '{') return this.#dictionary();
    throw new PySyntaxError('invalid syntax');
  }

  #string(first: Token & { kind: 'string' }): Code {
    const pieces = [first];
    for (let next = this.#tokens[this.#at]; next?.kind === 'string'; next = this.#tokens[++this.#at]) pieces.push(next);
    const codes = pieces.map(({ value, formatted: isFormatted }) => (isFormatted ? formatString(value) : () => value));
    return (scope) => codes.map((code) => code(scope)).join('');
  }

  #parenthesis(): Code {
    if (this.#take(')')) return () => [];
    const inner = this.#comprehension(this.expression());
    if (this.#take(')')) return inner;
    return this.#rest([inner], ')');
  }

  #list(close: string): Code {
    if (this.#take(close)) return () => [];
    const first = this.expression();
    if (this.#peek(0, 'for')) {
      const comprehension = this.#comprehension(first);
      this.#expect(close);
      return comprehension;
    }
    return this.#rest([first], close);
  }

  #rest(codes: Code[], close: string): Code {
    while (this.#take(',')) if (!this.#peek(0, close)) codes.push(this.expression());
    this.#expect(close);
    return (scope) => codes.map((code) => code(scope));
  }

  #dictionary(): Code {
    const entries: [Code, Code][] = [];
    while (!this.#take('}')) {
      const key = this.expression();
      this.#expect(':');
      entries.push([key, this.expression()]);
      if (!this.#peek(0, '}')) this.#expect(',');
    }
    return (scope) => new Map(entries.map(([key, value]) => [key(scope), value(scope)]));
  }

  /** `VALUE for NAMES in ITEMS [if CONDITION]`; the value itself if no `for` follows. */
  #comprehension(value: Code): Code {
    if (!this.#take('for')) return value;
    const names = [this.#name()];
    while (this.#take(',')) names.push(this.#name());
    this.#expect('in');
    const list = this.#or();
    const conditions: Code[] = [];
    while (this.#take('if')) conditions.push(this.#or());
    return (scope) =>
      items(list(scope)).flatMap((item) => {
        const inner = new Map([...scope, ...names.map((name, i) => [name, names.length > 1 ? items(item)[i]! : item] as const)]);
        return conditions.every((condition) => truth(condition(inner))) ? [value(inner)] : [];
      });
  }

  #name(): string {
    const token = this.#tokens[this.#at++];
    if (token?.kind !== 'name' || keywords.has(token.value)) throw new PySyntaxError('invalid syntax');
    return token.value;
  }

  #peek(ahead: number, symbol: string): boolean {
    const token = this.#tokens[this.#at + ahead];
    return (token?.kind === 'operator' || token?.kind === 'name') && token.value === symbol;
  }

  #take(symbol: string): boolean {
    if (!this.#peek(0, symbol)) return false;
    this.#at++;
    return true;
  }

  #takeAny(symbols: readonly string[]): string | undefined {
    return symbols.find((symbol) => this.#take(symbol));
  }

  #expect(symbol: string): void {
    if (!this.#take(symbol)) throw new PySyntaxError(`'${symbol}' expected`);
  }
}

function formatString(text: string): Code {
  const parts = parseFormat(text).map((part) => {
    if (typeof part === 'string') return () => part;
    const code = compileExpression(part.field);
    return (scope: Scope) => formatted(code(scope), part.conversion, part.spec);
  });
  return (scope) => parts.map((part) => pyText(part(scope))).join('');
}

function lookup(scope: Scope, name: string): PyVal {
  const value = scope.get(name);
  if (value === undefined) throw new CommandError(`name '${name}' is not defined`);
  return value;
}

function either(value: PyVal, keep: (value: PyVal) => boolean, other: () => PyVal): PyVal {
  return keep(value) ? value : other();
}

function contains(container: PyVal, item: PyVal): boolean {
  if (typeof container === 'string') return typeof item === 'string' && container.includes(item);
  return items(container).some((member) => equal(member, item));
}
