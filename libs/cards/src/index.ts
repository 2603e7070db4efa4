export { CardFinder, type FoundCard } from './card-finder.js';
export { CARD_NUMBER_RULES, type CardNumberRule, holdsRefusedCardNumber } from './card-number-rule.js';
export { cardNumberCode, cardNumberRefused, HOLDS_CARD_NUMBER } from './card-number-refused.js';
export { holdsCardNumber } from './holds-card-number.js';
export { MIN_CARD_DIGITS } from './issuer-ranges.js';
