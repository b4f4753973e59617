import { DomainError } from './errors.ts';

export const roles = ['viewer', 'editor', 'approver', 'owner'] as const;
export type Role = (typeof roles)[number];

/** Somebody of the comms team whose second factor has been checked in this session. */
export type StaffMember = { id: string; name: string; title: string; role: Role };

/** Whoever runs the command line on the machine: may do what an owner may, and is recorded as the operator. */
export type Operator = { operator: true };

export type Actor = StaffMember | Operator;

export const operator: Operator = { operator: true };

/** Each role may do all that the ones before it may. */
export function hasRole(actor: Actor, role: Role): boolean {
  return 'operator' in actor || roles.indexOf(actor.role) >= roles.indexOf(role);
}

/** @throws DomainError `forbidden` below the role. */
export function assertRole(actor: Actor, role: Role): void {
  if (hasRole(actor, role)) return;
  throw new DomainError(
    'forbidden',
    `This needs the role ${role}. Ask an owner to give it to you, or a colleague who has it.`,
  );
}

/** The id kept in rows; the operator has none. */
export function actorId(actor: Actor): string | null {
  return 'operator' in actor ? null : actor.id;
}

/** How the evidence log names who acted: an id, never an address. */
export function actorLabel(actor: Actor): string {
  return 'operator' in actor ? 'operator' : `staff:${actor.id}`;
}
