import type { JsonObject } from '../formats/json';
import type { HandlersOf } from '../handle';
import { type Service, serviceName } from '../protocol';
import type { PluginKind } from './types/common';
import type { JobtapDefinition } from './types/jobtap';
import type { ModuleDefinition, PlainModule, Serves, ServingModule } from './types/module';
import type { ShellPluginDefinition } from './types/shell';
import type { ValidatorDefinition } from './types/validator';

/** A definition that went through its define function, so that a host can tell what it was handed. */
export type Tagged<D, K extends PluginKind = PluginKind> = D & { readonly [pluginKind]: K };

/** Shared by all copies of the library, also where a plugin was bundled with its own. */
export const pluginKind: unique symbol = Symbol.for('flux.plugin.kind');

/** Definition types by kind, as hosts see them after loading: conf types are erased, since the host's schema check makes them true. */
export interface Definitions {
  module: ModuleDefinition<unknown, unknown>;
  jobtap: JobtapDefinition<unknown>;
  shell: ShellPluginDefinition<unknown>;
  validator: ValidatorDefinition<string>;
}

/** A broker module (types/module.ts). Returns its argument, tagged. */
export function defineModule<C = JsonObject, A = JsonObject>(definition: PlainModule<C, A>): Tagged<ModuleDefinition<C, A>, 'module'>;
export function defineModule<const S extends Serves, const H extends HandlersOf<S>, C = JsonObject, A = JsonObject>(
  definition: ServingModule<C, A, S, H>,
): Tagged<ModuleDefinition<C, A>, 'module'>;
export function defineModule(given: object): object {
  const definition = given as ModuleDefinition;
  const names = tablesOf(definition.serves).map(serviceName);
  definition.name ??= names[0] as string;
  const services = new Set([...(definition.services ?? []), ...names]);
  services.delete(definition.name);
  if (services.size > 0) definition.services = [...services];
  return tag('module', definition);
}

/** The tables of a module, as a list. */
export function tablesOf(serves: Serves | undefined): readonly Service[] {
  return serves === undefined ? [] : Array.isArray(serves) ? serves : [serves as Service];
}

/** A job manager plugin (types/jobtap.ts). Returns its argument, tagged. */
export function defineJobtap<C = JsonObject>(definition: JobtapDefinition<C>): Tagged<JobtapDefinition<C>, 'jobtap'> {
  return tag('jobtap', definition);
}

/** A job shell plugin (types/shell.ts). Returns its argument, tagged. */
export function defineShellPlugin<C = JsonObject>(definition: ShellPluginDefinition<C>): Tagged<ShellPluginDefinition<C>, 'shell'> {
  return tag('shell', definition);
}

/** A jobspec validator (types/validator.ts). Returns its argument, tagged. */
export function defineValidator<O extends string = never>(definition: ValidatorDefinition<O>): Tagged<ValidatorDefinition<O>, 'validator'> {
  return tag('validator', definition);
}

/** The kind of a definition; undefined for anything that no define function returned. */
export function kindOf(value: unknown): PluginKind | undefined {
  return typeof value === 'object' && value !== null ? (value as { [pluginKind]?: PluginKind })[pluginKind] : undefined;
}

function tag<D extends object, K extends PluginKind>(kind: K, definition: D): Tagged<D, K> {
  return Object.defineProperty(definition, pluginKind, { value: kind }) as Tagged<D, K>;
}
