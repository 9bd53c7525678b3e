// The test vectors of Wycheproof (Apache License 2.0), which scripts/peers fetches for WycheproofTest.
module wycheproof-peer

go 1.21

require github.com/c2sp/wycheproof v0.0.0-20260902155932-3fa63dd0344a
