"""A chain that names no strategy says so, instead of holding the one that the settings had."""

from django.db import migrations, models

# Those of the settings that are no strategy of a chain, and what chains do by them.
SEEDS = {"intelligent_primary_secondary": "primary_secondary", "task_specific": "primary_secondary"}


def follow(apps, schema_editor):
    """What the export of such a chain said until now: the settings' strategy is none of its own."""
    chains = apps.get_model("providers", "Chain")
    for workspace_id, followed in followed_by(apps):
        chains.objects.filter(workspace_id=workspace_id, strategy=followed).update(strategy="")


def resolve(apps, schema_editor):
    chains = apps.get_model("providers", "Chain")
    for workspace_id, followed in followed_by(apps):
        chains.objects.filter(workspace_id=workspace_id, strategy="").update(strategy=followed)


def followed_by(apps):
    """The strategy of each workspace's settings, as its chains go by it."""
    said = dict(apps.get_model("providers", "RoutingSettings").objects.values_list("workspace_id", "document"))
    for workspace_id in apps.get_model("providers", "Chain").objects.values_list("workspace_id", flat=True).distinct():
        system = (said.get(workspace_id) or {}).get("fallback_system", {})
        strategy = system.get("strategy", "intelligent_primary_secondary")
        yield workspace_id, SEEDS.get(strategy, strategy)


class Migration(migrations.Migration):

    dependencies = [
        ('providers', '0005_prompts_and_agents'),
    ]

    operations = [
        migrations.AlterField(
            model_name='chain',
            name='strategy',
            field=models.CharField(blank=True, choices=[('primary_secondary', 'Primary Secondary'), ('round_robin', 'Round Robin'), ('performance_based', 'Performance Based'), ('cost_based', 'Cost Based'), ('least_loaded', 'Least Loaded')], max_length=30),
        ),
        migrations.RunPython(follow, resolve),
    ]
