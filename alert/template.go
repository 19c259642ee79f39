package alert

import "github.com/gyrsec/gyr/rules"

// Template is a parsed output.
type Template = rules.Template

// ParseTemplate parses an output: %field, %field[arg], %NNfield,
// %transformer(field). The error is a *rules.TemplateError.
func ParseTemplate(output string) (*Template, error) { return rules.ParseTemplate(output) }
