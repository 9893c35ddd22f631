import ts from 'typescript';
import type { Manifest } from './manifests.ts';

/** Where the models of a kind are: the core's own, or of the project that defines the resource. */
const packages: Record<string, string> = {
  'gateway.networking.k8s.io': '@kubernetes-models/gateway-api',
  'keda.sh': '@kubernetes-models/keda',
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
};

function moduleOf({ apiVersion, kind }: Manifest): string {
  const group = apiVersion.slice(0, apiVersion.indexOf('/'));
  return `${packages[group] ?? 'kubernetes-models'}/${apiVersion}/${kind}`;
}

type Model = new (manifest: Manifest) => { validate(): void };

/**
 * Holds manifests against the schemas of Kubernetes and of the resources of others. Values are checked by the
 * validators of the models. Those let unknown keys pass, as the schemas of Kubernetes do; so the keys are held
 * against the types of the same models.
 */
export async function loadSchemas(manifests: readonly Manifest[]) {
  const modules = [...new Set(manifests.map(moduleOf))];
  const typeOf = loadTypes(manifests);
  const models = new Map<string, Model>();
  for (const module of modules) {
    const kind = module.slice(module.lastIndexOf('/') + 1);
    const exported = (await import(module)) as Record<string, Model>;
    if (exported[kind]) models.set(module, exported[kind]);
  }

  return function schemaProblems(checked: readonly Manifest[]): string[] {
    return checked.flatMap((manifest) => {
      const title = `${manifest.kind} ${manifest.metadata.name}`;
      const Model = models.get(moduleOf(manifest));
      if (!Model) return [`${title}: there is no ${manifest.kind} of ${manifest.apiVersion}`];
      return [
        ...typeOf(manifest).map((path) => `${title}: ${path} is no key`),
        ...wrongValues(title, Model, manifest),
      ];
    });
  };
}

function wrongValues(title: string, Model: Model, manifest: Manifest): string[] {
  try {
    new Model(structuredClone(manifest)).validate();
    return [];
  } catch (error) {
    return [`${title}: ${(error as Error).message}`];
  }
}

/** Answers the paths of the keys of a manifest that its type does not have. */
function loadTypes(manifests: readonly Manifest[]): (manifest: Manifest) => string[] {
  const source = new Map<string, Manifest>(manifests.map((one) => [moduleOf(one), one]));
  const alias = (module: string) => `T${[...source.keys()].indexOf(module)}`;
  const text = [...source]
    .map(([module, { kind }]) => `export type ${alias(module)} = import('${module}').I${kind};`)
    .join('\n');
  const file = new URL('kinds.ts', import.meta.url).pathname;
  const options: ts.CompilerOptions = {
    strict: true,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es5.d.ts'],
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  // The file is nowhere but here.
  host.getSourceFile = (name, ...rest) =>
    name === file ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2022) : read(name, ...rest);
  host.fileExists = (name) => name === file || ts.sys.fileExists(name);
  const program = ts.createProgram([file], options, host);
  const checker = program.getTypeChecker();
  const types = new Map<string, ts.Type>();
  program.getSourceFile(file)?.forEachChild((node) => {
    if (ts.isTypeAliasDeclaration(node)) types.set(node.name.text, checker.getTypeAtLocation(node));
  });

  function unknownKeys(value: unknown, type: ts.Type, path: string): string[] {
    if (Array.isArray(value)) {
      const element = elementOf(type);
      return element ? value.flatMap((one, index) => unknownKeys(one, element, `${path}[${index}]`)) : [];
    }
    if (typeof value !== 'object' || value === null) return [];
    // A union is an object, or nothing, or a number or text.
    const shapes = membersOf(type).filter((one) => one.flags & ts.TypeFlags.Object);
    return Object.entries(value).flatMap(([key, inner]) => {
      const at = path === '' ? key : `${path}.${key}`;
      for (const shape of shapes) {
        const property = checker.getPropertyOfType(shape, key);
        const found = property
          ? checker.getTypeOfSymbol(property)
          : checker.getIndexInfosOfType(shape)[0]?.type;
        if (found) return unknownKeys(inner, found, at);
      }
      return [at];
    });
  }

  const membersOf = (type: ts.Type) => (type.isUnion() ? type.types : [type]);

  function elementOf(type: ts.Type): ts.Type | undefined {
    for (const one of membersOf(type)) {
      if (!(one.flags & ts.TypeFlags.Object)) continue;
      const element = checker.getTypeArguments(one as ts.TypeReference)[0];
      if (element) return element;
    }
    return undefined;
  }

  return (manifest) => {
    const type = types.get(alias(moduleOf(manifest)));
    return type ? unknownKeys(manifest, type, '') : [];
  };
}
