package interop

import (
	"encoding/json"
	"strings"
)

// hcl writes text as an HCL string: JSON's escapes are HCL's, and template
// sequences are doubled.
func hcl(text string) string {
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		panic(err) // a string always encodes
	}
	quoted := strings.TrimSuffix(out.String(), "\n")
	return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(quoted)
}

func hclMap(fields map[string]string) string {
	var out strings.Builder
	out.WriteString("{\n")
	for name, value := range fields {
		out.WriteString(hcl(name) + " = " + hcl(value) + "\n")
	}
	out.WriteString("}")
	return out.String()
}
