-- What users/delta said last about each user; '' where it said null or nothing.
CREATE TABLE users(
  id TEXT PRIMARY KEY,
  upn TEXT NOT NULL,          -- lower case, like mail, domain and addresses
  mail TEXT NOT NULL,
  display_name TEXT NOT NULL,
  sam_account TEXT NOT NULL,  -- onPremisesSamAccountName
  domain TEXT NOT NULL,       -- onPremisesDomainName, a DNS name
  addresses TEXT NOT NULL     -- proxyAddresses that are mail, one a line
) WITHOUT ROWID;
