import { accounts } from './accounts.ts';
import { broadcasts } from './broadcasts.ts';
import { components } from './components.ts';
import { exposures } from './exposures.ts';
import { faqs } from './faqs.ts';
import { incidents } from './incidents.ts';
import { notices } from './notices.ts';
import { site } from './site.ts';
import { statements } from './statements.ts';
import { subscribers } from './subscribers.ts';

export const server = {
  accounts,
  broadcasts,
  components,
  exposures,
  faqs,
  incidents,
  notices,
  site,
  statements,
  subscribers,
};
