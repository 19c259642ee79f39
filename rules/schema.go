package rules

import _ "embed"

//go:embed schema.json
var schema string

// Schema is a JSON schema (draft 06) of rule files, for editors. It describes
// the structure; what conditions and outputs mean only Load can tell.
func Schema() string { return schema }
