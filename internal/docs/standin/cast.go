package main

import (
	"crypto/rand"
	"encoding/json"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	ephemeral "github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	provider "github.com/hashicorp/terraform-plugin-framework/provider/schema"
	resource "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// part is one resource or ephemeral resource.
type part struct {
	ephemeral map[string]ephemeral.Attribute
	// gives are the computed values of an ephemeral resource.
	gives func() map[string]attr.Value

	resource map[string]resource.Attribute
	blocks   map[string]resource.Block
}

func (p part) resourceSchema() resource.Schema {
	return resource.Schema{Attributes: p.resource, Blocks: p.blocks}
}

// cast is who plays what: provider, then type.
var cast = map[string]map[string]part{
	"random": {"random_password": {
		ephemeral: map[string]ephemeral.Attribute{
			"length":           ephemeral.Int64Attribute{Required: true},
			"special":          ephemeral.BoolAttribute{Optional: true},
			"override_special": ephemeral.StringAttribute{Optional: true},
			"result":           ephemeral.StringAttribute{Computed: true, Sensitive: true},
		},
		gives: func() map[string]attr.Value {
			return map[string]attr.Value{"result": types.StringValue("random-" + rand.Text())}
		},
	}},
	"time": {"time_rotating": {
		resource: map[string]resource.Attribute{
			"rotation_days":    resource.Int64Attribute{Optional: true},
			"id":               resource.StringAttribute{Computed: true},
			"rotation_rfc3339": resource.StringAttribute{Computed: true},
		},
	}},
	"vault": {"vault_kv_secret_v2": {
		ephemeral: map[string]ephemeral.Attribute{
			"mount":     ephemeral.StringAttribute{Required: true},
			"mount_id":  ephemeral.StringAttribute{Optional: true},
			"name":      ephemeral.StringAttribute{Required: true},
			"version":   ephemeral.Int64Attribute{Optional: true},
			"data":      ephemeral.MapAttribute{Computed: true, Sensitive: true, ElementType: types.StringType},
			"data_json": ephemeral.StringAttribute{Computed: true, Sensitive: true},
		},
		gives: func() map[string]attr.Value {
			return map[string]attr.Value{"data": fields(), "data_json": types.StringValue(fieldsJSON())}
		},
		resource: map[string]resource.Attribute{
			"mount":                resource.StringAttribute{Required: true},
			"name":                 resource.StringAttribute{Required: true},
			"data_json_wo":         resource.StringAttribute{Optional: true, WriteOnly: true},
			"data_json_wo_version": resource.Int64Attribute{Optional: true},
		},
	}},
	"aws": {
		"aws_secretsmanager_secret": {resource: map[string]resource.Attribute{
			"name": resource.StringAttribute{Optional: true},
			"id":   resource.StringAttribute{Computed: true},
		}},
		"aws_secretsmanager_secret_version": {
			ephemeral: map[string]ephemeral.Attribute{
				"secret_id":     ephemeral.StringAttribute{Required: true},
				"version_id":    ephemeral.StringAttribute{Optional: true, Computed: true},
				"version_stage": ephemeral.StringAttribute{Optional: true},
				"secret_string": ephemeral.StringAttribute{Computed: true, Sensitive: true},
			},
			gives: func() map[string]attr.Value {
				return map[string]attr.Value{"secret_string": types.StringValue(fieldsJSON())}
			},
			resource: map[string]resource.Attribute{
				"secret_id":                resource.StringAttribute{Required: true},
				"secret_string_wo":         resource.StringAttribute{Optional: true, WriteOnly: true},
				"secret_string_wo_version": resource.Int64Attribute{Optional: true},
			},
		},
		"aws_db_instance": {resource: map[string]resource.Attribute{
			"identifier":          resource.StringAttribute{Optional: true},
			"engine":              resource.StringAttribute{Optional: true},
			"instance_class":      resource.StringAttribute{Required: true},
			"allocated_storage":   resource.Int64Attribute{Optional: true},
			"username":            resource.StringAttribute{Optional: true},
			"password_wo":         resource.StringAttribute{Optional: true, WriteOnly: true},
			"password_wo_version": resource.Int64Attribute{Optional: true},
		}},
	},
	"onepassword": {"onepassword_item": {
		ephemeral: map[string]ephemeral.Attribute{
			"vault":    ephemeral.StringAttribute{Required: true},
			"title":    ephemeral.StringAttribute{Optional: true, Computed: true},
			"uuid":     ephemeral.StringAttribute{Optional: true, Computed: true},
			"username": ephemeral.StringAttribute{Computed: true},
			"password": ephemeral.StringAttribute{Computed: true, Sensitive: true},
		},
		gives: func() map[string]attr.Value {
			return map[string]attr.Value{"username": types.StringValue("app"), "password": types.StringValue(secret())}
		},
		resource: map[string]resource.Attribute{
			"vault":               resource.StringAttribute{Required: true},
			"title":               resource.StringAttribute{Optional: true},
			"category":            resource.StringAttribute{Optional: true},
			"username":            resource.StringAttribute{Optional: true},
			"password_wo":         resource.StringAttribute{Optional: true, WriteOnly: true, Sensitive: true},
			"password_wo_version": resource.Int64Attribute{Optional: true},
		},
	}},
	"postgresql": {},
	"kubernetes": {"kubernetes_secret_v1": {
		resource: map[string]resource.Attribute{
			"type":             resource.StringAttribute{Optional: true},
			"data_wo":          resource.MapAttribute{Optional: true, WriteOnly: true, ElementType: types.StringType},
			"data_wo_revision": resource.Int64Attribute{Optional: true},
		},
		blocks: map[string]resource.Block{
			"metadata": resource.ListNestedBlock{NestedObject: resource.NestedBlockObject{Attributes: map[string]resource.Attribute{
				"name":      resource.StringAttribute{Optional: true},
				"namespace": resource.StringAttribute{Optional: true},
			}}},
		},
	}},
}

// settings are the attributes of the provider blocks that the guides configure.
var settings = map[string]map[string]provider.Attribute{
	"postgresql": {
		"host":     provider.StringAttribute{Optional: true},
		"password": provider.StringAttribute{Optional: true, Sensitive: true},
	},
}

func secret() string { return os.Getenv("STANDIN_SECRET") }

func fields() attr.Value {
	return types.MapValueMust(types.StringType, map[string]attr.Value{
		"DB_USER": types.StringValue("app"), "DB_PASS": types.StringValue(secret()),
	})
}

func fieldsJSON() string {
	text, _ := json.Marshal(map[string]string{"DB_USER": "app", "DB_PASS": secret()}) // strings always encode
	return string(text)
}
