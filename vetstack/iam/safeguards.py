"""What records, watches and protects an account, and the actions that take it away.

The weights are a judgement. Sources: the services' own pages on how they are switched off; MITRE ATT&CK T1562.008,
"Disable or Modify Cloud Logs", and T1562.001.
"""

from __future__ import annotations

from functools import cache
from typing import Final, Literal

from vetstack.iam.resources import ANY_NAME

Loss = Literal["records", "rules", "protection", "edge", "traces", "little"]

_RECORDS: Final[dict[str, str]] = {
    "cloudtrail": (
        "StopLogging DeleteTrail UpdateTrail PutEventSelectors DeleteEventDataStore StopEventDataStoreIngestion"
        " UpdateEventDataStore DeregisterOrganizationDelegatedAdmin"
    ),
    "guardduty": (
        "DeleteDetector UpdateDetector DisassociateFromAdministratorAccount DisassociateFromMasterAccount"
        " DisassociateMembers DeleteMembers StopMonitoringMembers UpdateMemberDetectors"
        " DisableOrganizationAdminAccount DeletePublishingDestination"
    ),
    "securityhub": (
        "DisableSecurityHub DisableSecurityHubV2 BatchDisableStandards DisassociateFromAdministratorAccount"
        " DisassociateFromMasterAccount DisassociateMembers DeleteMembers DisableOrganizationAdminAccount"
    ),
    "config": "StopConfigurationRecorder DeleteConfigurationRecorder DeleteDeliveryChannel",
    "securitylake": "DeleteDataLake DeleteAwsLogSource",
}
_RULES: Final[dict[str, str]] = {
    "organizations": (
        "LeaveOrganization DisablePolicyType DetachPolicy DeletePolicy UpdatePolicy RemoveAccountFromOrganization"
        " MoveAccount DisableAWSServiceAccess DeregisterDelegatedAdministrator DeleteResourcePolicy"
    ),
    "controltower": "DeleteLandingZone DisableControl DisableGuardrail DisableBaseline DeregisterManagedAccount",
}
_PROTECTION: Final[dict[str, str]] = {
    "access-analyzer": "DeleteAnalyzer",
    "macie2": "DisableMacie DisassociateFromAdministratorAccount DisassociateMember DisableOrganizationAdminAccount",
    "inspector2": "Disable DisassociateMember DisableDelegatedAdminAccount",
    "detective": "DeleteGraph",
    "config": "DeleteConfigRule DeleteOrganizationConfigRule DeleteConformancePack DeleteOrganizationConformancePack",
    "ec2": (
        "DeleteFlowLogs DisableEbsEncryptionByDefault DisableSnapshotBlockPublicAccess DisableImageBlockPublicAccess"
    ),
    "s3": "PutAccountPublicAccessBlock BypassGovernanceRetention",
    "kms": "ScheduleKeyDeletion DisableKey DeleteImportedKeyMaterial",
    "secretsmanager": "DeleteResourcePolicy",
    "backup": (
        "DeleteBackupVaultLockConfiguration DeleteBackupVaultAccessPolicy DeleteRecoveryPoint DeleteBackupVault"
        " DisassociateRecoveryPoint UpdateRecoveryPointLifecycle"
    ),
    "fms": "DeletePolicy DisassociateAdminAccount",
    "auditmanager": "DeregisterAccount",
}
_EDGE: Final[dict[str, str]] = {
    "s3": "PutBucketPublicAccessBlock DeleteBucketPolicy",
    "wafv2": "DisassociateWebACL DeleteWebACL DeleteLoggingConfiguration",
    "waf-regional": "DisassociateWebACL DeleteWebACL",
    "shield": "DeleteProtection DeleteProtectionGroup",
    "network-firewall": "DeleteFirewall DisassociateSubnets",
    "route53resolver": (
        "DisassociateResolverQueryLogConfig DeleteResolverQueryLogConfig DisassociateFirewallRuleGroup"
    ),
}
_TRACES: Final[dict[str, str]] = {"logs": "DeleteLogGroup DeleteLogStream DeleteDataProtectionPolicy"}
_LITTLE: Final[dict[str, str]] = {
    "access-analyzer": "CreateArchiveRule UpdateArchiveRule",
    "cloudwatch": "DeleteAlarms DisableAlarmActions",
    "config": "PutConfigurationRecorder",
    "ec2": "DisableImageDeregistrationProtection ModifyInstanceMetadataDefaults",
    "guardduty": "CreateFilter UpdateFilter CreateIPSet UpdateIPSet",
    "kms": "DisableKeyRotation",
    "lambda": "DeleteFunctionCodeSigningConfig",
    "s3": "PutBucketLogging PutBucketObjectLockConfiguration PutObjectRetention PutObjectLegalHold",
    "securityhub": "UpdateStandardsControl BatchUpdateStandardsControlAssociations DisableImportFindingsForProduct",
    "wafv2": "UpdateWebACL",
}
_TABLES: Final[dict[Loss, dict[str, str]]] = {
    "records": _RECORDS,
    "rules": _RULES,
    "protection": _PROTECTION,
    "edge": _EDGE,
    "traces": _TRACES,
    "little": _LITTLE,
}

WELL_KNOWN: Final = tuple(
    f"arn:{ANY_NAME}:{service}:{ANY_NAME}:{ANY_NAME}:{name}"
    for service, name in (
        ("cloudtrail", "trail/aws-controltower-BaselineCloudTrail"),
        ("config", f"configuration-recorder/aws-controltower-BaselineConfigRecorder/{ANY_NAME}"),
        ("config", f"configuration-recorder/default/{ANY_NAME}"),
        ("logs", "log-group:aws-controltower/CloudTrailLogs"),
    )
)
"""What AWS itself sets up under a name that everybody knows, as subjects of `resources`."""

MADE_BY: Final[dict[str, tuple[str, ...]]] = {
    "cloudtrail": ("AWS::CloudTrail::", "aws_cloudtrail"),
    "config": ("AWS::Config::", "aws_config_"),
    "guardduty": ("AWS::GuardDuty::", "aws_guardduty_"),
    "securityhub": ("AWS::SecurityHub::", "aws_securityhub_"),
    "access-analyzer": ("AWS::AccessAnalyzer::", "aws_accessanalyzer_"),
}
"""Beginnings of the types of a service's resources: a name that the template gives one of its own may be a parameter's.
"""


@cache
def losses() -> dict[str, Loss]:
    """The actions that take a safeguard away, the worst first, and what is lost.

    records: what happens is no longer recorded or watched; rules: the organisation's own no longer hold; protection:
    of data, or one more watch; edge: what stands between a resource and the Internet, which whatever sets resources up
    has to change; traces: what has been recorded; little: one notices it, or it takes more to matter.
    """
    return {
        f"{service}:{name}": loss
        for loss, table in _TABLES.items()
        for service, names in table.items()
        for name in names.split()
    }
