import { format } from 'prettier';
import type { RenderedApp } from './variables.ts';

const header = '# Rendered from the descriptors by npm run render (tools/deployment/src/templates).\n';
const yaml = (text: string) => format(header + text, { parser: 'yaml', singleQuote: true, printWidth: 110 });
const users = (apps: readonly RenderedApp[]) => apps.filter(({ uses }) => uses.mongodb);

/** `components/external-mongodb/kustomization.yaml`. */
export const renderExternalMongodb = (apps: readonly RenderedApp[]) =>
  yaml(`# A MongoDB of yours. The Secret portico-mongodb holds one address for each app under the app's name, so that each can
# have a user that reaches its own database only; one address for all works too.
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
patches:
${users(apps)
  .map(
    ({ name }) => `  - target: { kind: Deployment, name: ${name} }
    patch: |
      - op: add
        path: /spec/template/spec/containers/0/env/-
        value: { name: MONGODB_URI, valueFrom: { secretKeyRef: { name: portico-mongodb, key: ${name} } } }`,
  )
  .join('\n')}
`);

/** `components/in-cluster-stores/kustomization.yaml`. */
export const renderInClusterStores = (apps: readonly RenderedApp[]) =>
  yaml(`# MongoDB and Redis in the namespace, one instance each and without passwords: for trying out, not for production.
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
resources: [mongodb.yaml, redis.yaml]
configMapGenerator:
  - name: every-app
    behavior: merge
    literals: ['REDIS_URL=redis://redis:6379']
${users(apps)
  .map(
    ({ name }) => `  - name: ${name}
    behavior: merge
    literals: ['MONGODB_URI=mongodb://mongodb-0.mongodb:27017/?replicaSet=rs0']`,
  )
  .join('\n')}
`);
