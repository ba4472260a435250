"""AWS's managed policies on which vetstack and another program disagree about ways to more permissions, by reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Reason = Literal[
    "confined, and they do not look",
    "confined, and they say nothing",
    "denied, and they do not look",
    "denied in part, and they take it for all",
    "a pattern that they do not read",
    "refused",
]
"""confined: an Allow on some resources only, or under a condition, as iam:PassedToService. They do not look: parliament
sees a path in any resource of the right type and in spite of every condition. They say nothing: cloudsplaining counts
only what is allowed on `*` and without any condition, though passing every role to one service is enough, and any role
whose name fits `*AmazonSageMaker*`. refused: tools/curated/refused_paths.tsv says why it is no path."""

REASONS: Mapping[tuple[str, str], Reason] = {
    ("they", "loosened"): "confined, and they do not look",
    ("we", "loosened"): "confined, and they say nothing",
    ("they", "undenied"): "denied, and they do not look",
    ("we", "undenied"): "denied in part, and they take it for all",
    ("we", "spelt out"): "a pattern that they do not read",
}
"""Who alone sees a path, and the step after which both do."""

DISAGREED: Mapping[str, Mapping[Reason, str]] = {
    "cloudsplaining": {
        "confined, and they say nothing": """
            AWSBackupServiceRolePolicyForRestores AWSBatchServiceRole AWSBatchServiceRolePolicyForSageMaker
            AWSCodeStarServiceRole AWSControlTowerServiceRolePolicy AWSDeepLensServiceRolePolicy
            AWSEC2FleetServiceRolePolicy AWSEC2SpotFleetServiceRolePolicy
            AWSElasticBeanstalkManagedUpdatesCustomerRolePolicy
            AWSElasticBeanstalkManagedUpdatesServiceRolePolicy AWSElasticBeanstalkService
            AWSElasticBeanstalkServiceRolePolicy AWSLambda_FullAccess AWSMarketplaceFullAccess
            AWSPCSServiceRolePolicy AWSProtonCodeBuildProvisioningServiceRolePolicy
            AWSServiceRoleForAmazonEKSNodegroup AWSServiceRoleForImageBuilder AWSServiceRoleForSMS
            AdministratorAccess-AWSElasticBeanstalk AdministratorAccess-Amplify
            AmazonDataZoneSageMakerEnvironmentRolePermissionsBoundary AmazonEC2SpotFleetTaggingRole
            AmazonECS_FullAccess AmazonEKSComputePolicy AmazonEKSLocalOutpostServiceRolePolicy
            AmazonRedshiftAllCommandsFullAccess AmazonSageMakerCanvasDataPrepFullAccess
            AmazonSageMakerCanvasFullAccess AmazonSageMakerFullAccess AmazonSageMakerPipelinesIntegrations
            AmazonSageMakerServiceCatalogProductsCloudformationServiceRolePolicy
            AmazonSageMakerServiceCatalogProductsLambdaServiceRolePolicy AutoScalingServiceRolePolicy
            AwsGlueSessionUserRestrictedNotebookServiceRole AwsGlueSessionUserRestrictedServiceRole
            BatchServiceRolePolicy BedrockAgentCoreFullAccess DataScientist EC2FastLaunchFullAccess
            EC2FastLaunchServiceRolePolicy EC2FleetTimeShiftableServiceRolePolicy
            EC2ImageBuilderExecutionPolicy ROSAInstallerPolicy ROSAKarpenterControllerPolicy
            ROSANodePoolManagementPolicy SageMakerStudioAdminIAMDefaultExecutionPolicy
            SageMakerStudioAdminIAMPermissiveExecutionPolicy ServerMigrationServiceLaunchRole
        """,
        "denied in part, and they take it for all": """
            AWSEC2SpotServiceRolePolicy
        """,
        "refused": """
            AdministratorAccess AmazonDynamoDBFullAccesswithDataPipeline
        """,
    },
    "parliament": {
        "confined, and they do not look": """
            AWSApplicationMigrationEC2Access AWSApplicationMigrationNetworkMigrationMultiAccount
            AWSApplicationMigrationServiceRolePolicy AWSCloud9ServiceRolePolicy AWSCodeStarServiceRole
            AWSDeepLensServiceRolePolicy AWSDeepRacerCloudFormationAccessPolicy
            AWSDeepRacerServiceRolePolicy AWSElasticBeanstalkManagedUpdatesCustomerRolePolicy
            AWSElasticBeanstalkManagedUpdatesServiceRolePolicy AWSElasticBeanstalkRoleCore
            AWSElasticBeanstalkService AWSElasticBeanstalkServiceRolePolicy
            AWSElasticDisasterRecoveryConsoleFullAccess AWSElasticDisasterRecoveryConsoleFullAccess_v2
            AWSElasticDisasterRecoveryServiceRolePolicy AWSGlueConsoleFullAccess
            AWSGlueConsoleSageMakerNotebookFullAccess AWSIoTDeviceTesterForFreeRTOSFullAccess
            AWSLicenseManagerMasterAccountRolePolicy AWSManagedSettingsAdminAccess AWSMarketplaceFullAccess
            AWSMcpServiceActionsFullAccess AWSProtonCodeBuildProvisioningServiceRolePolicy
            AWSQuickSetupDeploymentRolePolicy AWSQuickSetupJITNADeploymentRolePolicy
            AWSQuickSetupPatchPolicyDeploymentRolePolicy AWSQuickSetupSSMDeploymentRolePolicy
            AWSRoboMakerServicePolicy AWSRoboMakerServiceRolePolicy AWSServiceCatalogAdminFullAccess
            AWSServiceRoleForSMS AWSThinkboxAWSPortalAdminPolicy
            AWSThinkboxDeadlineResourceTrackerAdminPolicy AWSThinkboxDeadlineSpotEventPluginAdminPolicy
            AWSTransformApplicationDeploymentPolicy AWSTransformApplicationECSDeploymentPolicy
            AWSTransformNetworkMigrationAgentPolicy AWSTransformServerMigrationAgentPolicy
            AdministratorAccess-AWSElasticBeanstalk AmazonDataZoneRedshiftGlueProvisioningPolicy
            AmazonDynamoDBFullAccess AmazonECSInfrastructureRolePolicyForManagedInstances
            AmazonECS_FullAccess AmazonEMRServicePolicy_v2 AmazonLaunchWizardFullAccessV2
            AmazonRDSCustomPreviewServiceRolePolicy AmazonRDSCustomServiceRolePolicy
            AmazonSageMakerAdmin-ServiceCatalogProductsServiceRolePolicy
            AmazonSageMakerModelCustomizationCoreAccess
            AmazonSageMakerPartnerServiceCatalogProductsCloudFormationServiceRolePolicy
            AmazonSageMakerPipelinesIntegrations
            AmazonSageMakerServiceCatalogProductsCodePipelineServiceRolePolicy
            AmazonSecurityLakeAdministrator AmplifyBackendDeployFullAccess
            BedrockAgentCoreRuntimeInstancesOperatorRolePolicy CloudWatchSyntheticsFullAccess
            ConfigConformsServiceRolePolicy DataScientist DatabaseAdministrator EC2FastLaunchFullAccess
            SageMakerStudioAdminIAMConsolePolicy SageMakerStudioAdminIAMDefaultExecutionPolicy
            SageMakerStudioAdminIAMPermissiveExecutionPolicy SageMakerStudioEMRServiceRolePolicy
            SageMakerStudioProjectProvisioningRolePolicy SageMakerStudioProjectUserRolePermissionsBoundary
            SageMakerStudioUserIAMDefaultExecutionPolicy SageMakerStudioUserIAMPermissiveExecutionPolicy
            SystemAdministrator WellArchitectedConsoleFullAccess
        """,
        "refused": """
            AWSDataPipeline_FullAccess AWSDataPipeline_PowerUser AWSMcpServiceActionsFullAccess
            AdministratorAccess AmazonDynamoDBFullAccess AmazonDynamoDBFullAccesswithDataPipeline
            DatabaseAdministrator
        """,
    },
}
