import { accounts } from './accounts.ts';
import { broadcasts } from './broadcasts.ts';
import { components } from './components.ts';
import { exposures } from './exposures.ts';
import { faqs } from './faqs.ts';
import { incidents } from './incidents.ts';
import { maintenances } from './maintenances.ts';
import { notices } from './notices.ts';
import { rights } from './rights.ts';
import { site } from './site.ts';
import { statements } from './statements.ts';
import { subscribers } from './subscribers.ts';
import { supportQuestions } from './support-questions.ts';
import { translations } from './translations.ts';

export const server = {
  accounts,
  broadcasts,
  components,
  exposures,
  faqs,
  incidents,
  maintenances,
  notices,
  rights,
  site,
  statements,
  subscribers,
  supportQuestions,
  translations,
};
