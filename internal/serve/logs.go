package serve

import "strings"

// quietLogs turns off the logs that nobody asked for. Without a level, the plugin SDK
// encodes every trace line and Terraform throws it away, which is nearly half of the
// CPU of a plan. A level that the user set stands. The parts of the SDK get a level of
// their own: a part that inherits its level builds each line before it is dropped.
func quietLogs(environment []string, set func(name, value string) error) {
	for _, entry := range environment {
		name, value, _ := strings.Cut(entry, "=")
		asked := name == "TF_LOG" || strings.HasPrefix(name, "TF_LOG_SDK") || strings.HasPrefix(name, "TF_LOG_PROVIDER")
		if asked && value != "" && name != "TF_LOG_SDK_PROTO_DATA_DIR" {
			return
		}
	}
	for _, name := range []string{"TF_LOG_SDK", "TF_LOG_SDK_FRAMEWORK", "TF_LOG_SDK_PROTO", "TF_LOG_PROVIDER_HELVETISAFE"} {
		// The name and the value are fixed and valid, so this can't fail.
		_ = set(name, "OFF")
	}
}
