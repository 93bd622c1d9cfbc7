package redact

import "testing"

func TestString(t *testing.T) {
	for name, test := range map[string]struct {
		value String
		want  string
	}{
		"zero":  {String{}, ""},
		"empty": {NewString(""), ""},
		"text":  {NewString("hunter2"), "hunter2"},
	} {
		t.Run(name, func(t *testing.T) {
			if test.value.Reveal() != test.want || test.value.IsZero() != (test.want == "") {
				t.Errorf("reveals %q, IsZero %t", test.value.Reveal(), test.value.IsZero())
			}
		})
	}
}
