declare namespace App {
  interface Locals {
    app: import('./app.ts').App;
    /** Rendering for everybody: there is no person, and none may be looked for. */
    pressed: boolean;
    /** The client's address as the trusted proxies tell it: for limits only, never logged. */
    clientAddress: string;
    requestId: string;
    /** The language the path began with; undefined for the site's own. */
    spoken: string | undefined;
    /** `''`, or what links of this page begin with: `/es`. */
    prefix: string;
    /** Says the interface's words in the page's language. */
    t: import('./messages/messages.ts').Translate;
    staff?: import('./domain/actors.ts').StaffMember;
    customer?: import('./domain/accounts/people.ts').Customer;
    /** When the customer last proved a mailbox in this session. */
    customerSignedInAt?: Date;
    /** The mailed code was right, the second factor is still to come. */
    halfSignedIn?: boolean;
    /** The database does not answer, or who asks could not be found out: the error page says 503. */
    unavailable?: boolean;
  }
}
