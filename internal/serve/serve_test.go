package serve

import (
	"maps"
	"testing"
)

func TestQuietLogs(t *testing.T) {
	off := map[string]string{
		"TF_LOG_SDK": "OFF", "TF_LOG_SDK_FRAMEWORK": "OFF", "TF_LOG_SDK_PROTO": "OFF", "TF_LOG_PROVIDER_HELVETISAFE": "OFF",
	}
	for _, tc := range []struct {
		name        string
		environment []string
		want        map[string]string
	}{
		{"nothing asked for", []string{"PATH=/bin", "TF_DATA_DIR=x"}, off},
		{"an empty level is none", []string{"TF_LOG="}, off},
		{"core's own log only", []string{"TF_LOG_CORE=TRACE"}, off},
		{"a path without a level", []string{"TF_LOG_PATH=log"}, off},
		{"protocol data is no log", []string{"TF_LOG_SDK_PROTO_DATA_DIR=dir"}, off},
		{"TF_LOG", []string{"TF_LOG=TRACE"}, nil},
		{"the SDK", []string{"TF_LOG_SDK=DEBUG"}, nil},
		{"a part of the SDK", []string{"TF_LOG_SDK_FRAMEWORK=INFO"}, nil},
		{"all providers", []string{"TF_LOG_PROVIDER=WARN"}, nil},
		{"this provider", []string{"TF_LOG_PROVIDER_HELVETISAFE=DEBUG"}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := map[string]string{}
			quietLogs(tc.environment, func(name, value string) error {
				got[name] = value
				return nil
			})
			if !maps.Equal(got, tc.want) {
				t.Errorf("set %v, want %v", got, tc.want)
			}
		})
	}
}
