package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/helvetisafe/terraform-provider-helvetisafe/internal/acctest"
)

// TestAccSecretDrift changes the secret elsewhere, in each form.
func TestAccSecretDrift(t *testing.T) {
	fieldsOnServer := `{"a":"v"}`
	for name, test := range map[string]struct {
		form, same, want string
		action           plancheck.ResourceActionType
	}{
		"value":    {`value = "v"`, `{"k": "v"}`, `{"k":"v"}`, plancheck.ResourceActionUpdate},
		"data":     {`data = { a = "v" }`, `{"a": "v"}`, fieldsOnServer, plancheck.ResourceActionUpdate},
		"value_wo": {`value_wo = "v"`, `{"k": "v"}`, `{"k":"v"}`, plancheck.ResourceActionUpdate},
		"data_wo":  {`data_wo = { a = "v" }`, `{"a": "v"}`, fieldsOnServer, plancheck.ResourceActionUpdate},
		// What is the same of a generated value is what was stored before.
		"generate": {"generate = {\n  length = 8\n}", "", `{"k":"other","more":"1"}`, plancheck.ResourceActionNoop},
		"version":  {"value_wo = \"v\"\nvalue_wo_version = 1", `{"k": "v"}`, `{"k":"other","more":"1"}`, plancheck.ResourceActionNoop},
	} {
		t.Run(name, func(t *testing.T) {
			v := acctest.Start(t)
			config := block("key = \"k\"\n" + test.form)
			acceptance(
				t, v, writeOnly(),
				resource.TestStep{Config: config},
				resource.TestStep{
					PreConfig: func() {
						same := test.same
						if same == "" {
							same, _ = v.ReadPlain("k")
						}
						v.WritePlain("k", same)
					},
					Config:           config,
					ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
				},
				resource.TestStep{
					PreConfig:        func() { v.WritePlain("k", `{"k":"other","more":"1"}`) },
					Config:           config,
					ConfigPlanChecks: action(test.action),
					Check:            holds(v, "k", test.want),
				},
			)
		})
	}
}

// TestAccSecretSwapped puts the ciphertext of another single-value secret under
// this key, as a hostile server could: it is shown, and not taken as the value.
func TestAccSecretSwapped(t *testing.T) {
	v := acctest.Start(t)
	config := block("key = \"k\"\nvalue = \"v\"")
	acceptance(
		t, v, nil,
		resource.TestStep{Config: config},
		resource.TestStep{
			PreConfig:        func() { v.WritePlain("k", `{"admin_password": "v"}`) },
			Config:           config,
			ConfigPlanChecks: action(plancheck.ResourceActionUpdate),
			Check:            holds(v, "k", `{"k":"v"}`),
		},
	)
}
