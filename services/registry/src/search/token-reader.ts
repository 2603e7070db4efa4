import { type Token, tokenize } from './filter-lexer.js';

/** Reads the tokens of a filter or order_by text from left to right, without copying them. */
export class TokenReader {
  private readonly tokens: readonly Token[];
  private at = 0;

  /** @throws AppError invalid_input if the text cannot be split into tokens */
  constructor(text: string) {
    this.tokens = tokenize(text);
  }

  get isAtEnd(): boolean {
    return this.at >= this.tokens.length;
  }

  /** The token `ahead` positions after the next one; undefined past the end. */
  peek(ahead = 0): Token | undefined {
    return this.tokens[this.at + ahead];
  }

  skip(count: number): void {
    this.at += count;
  }

  /** Returns the next token and advances past it; undefined at the end. */
  take(): Token | undefined {
    return this.tokens[this.at++];
  }

  /** True if these words, in any case, are next; advances past them. */
  takeWords(words: readonly string[]): boolean {
    const found = words.every((word, index) => isWord(this.peek(index), word));
    if (found) this.skip(words.length);
    return found;
  }

  /** True if this symbol is next; advances past it. */
  takeSymbol(symbol: string): boolean {
    const token = this.peek();
    const found = token?.kind === 'symbol' && token.text === symbol;
    if (found) this.skip(1);
    return found;
  }
}

function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === 'word' && token.text.toUpperCase() === word;
}
