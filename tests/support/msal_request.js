// Prints, as JSON, the token request that Microsoft's own library builds with a certificate; sends nothing anywhere.
//   node msal_request.js FOLDER_OF_MODULES CERTIFICATE.pem KEY.pem CLIENT_ID TENANT
const [modules, certificatePath, keyPath, clientId, tenant] = process.argv.slice(2);
const crypto = require("crypto");
const fs = require("fs");
const msal = require(require("path").join(modules, "node_modules/@azure/msal-node"));

const authority = `https://login.microsoftonline.com/${tenant}`;
const seen = {};
const answer = (body) => ({ status: 200, headers: {}, body });
const networkClient = {
  sendGetRequestAsync: async (url) =>
    answer(url.includes("discovery/instance")
      ? { tenant_discovery_endpoint: `${authority}/v2.0/.well-known/openid-configuration`, metadata: [] }
      : {
          token_endpoint: `${authority}/oauth2/v2.0/token`, issuer: `${authority}/v2.0`,
          authorization_endpoint: `${authority}/oauth2/v2.0/authorize`, jwks_uri: `${authority}/discovery/v2.0/keys`,
          end_session_endpoint: `${authority}/oauth2/v2.0/logout`,
        }),
  sendPostRequestAsync: async (url, options) => {
    seen.url = url;
    seen.form = Object.fromEntries(new URLSearchParams(options.body));
    return answer({ token_type: "Bearer", expires_in: 3599, access_token: "not-a-token" });
  },
};

const certificate = fs.readFileSync(certificatePath, "utf8");
const thumbprintSha256 = new crypto.X509Certificate(certificate).fingerprint256.replaceAll(":", "");
const application = new msal.ConfidentialClientApplication({
  auth: { clientId, authority, clientCertificate: { thumbprintSha256, privateKey: fs.readFileSync(keyPath, "utf8") } },
  system: { networkClient },
});
application
  .acquireTokenByClientCredential({ scopes: ["https://graph.microsoft.com/.default"] })
  .then(() => console.log(JSON.stringify(seen)))
  .catch((error) => { console.error(error); process.exit(1); });
