// Made by scripts/attribute-data.mjs from [MS-ADA1], [MS-ADA2], [MS-ADA3] and [MS-ADSC]; do not edit.
// A line that ends in a colon gives the OID but for its last number; the others are the last number, the LDAP display name and,
// of attributes, the last number of the syntax (2.5.5.N).

export const SCHEMA = `
0.9.2342.19200300.100.1:
1 uid 12
2 textEncodedORAddress 12
3 mail 12
5 drink 12
6 roomNumber 12
7 photo 10
8 userClass 12
9 host 12
10 manager 1
11 documentIdentifier 12
12 documentTitle 12
13 documentVersion 12
14 documentAuthor 1
15 documentLocation 12
20 homePhone 12
21 secretary 1
25 dc 12
37 associatedDomain 5
38 associatedName 1
41 mobile 12
42 pager 12
44 uniqueIdentifier 12
45 organizationalStatus 12
48 buildingName 12
55 audio 10
56 documentPublisher 12
60 jpegPhoto 10
0.9.2342.19200300.100.4:
5 account
6 document
7 room
9 documentSeries
14 rFC822LocalPart
17 domainRelatedObject
18 friendlyCountry
19 simpleSecurityObject
1.2.840.113549.1.9:
2 unstructuredName 5
8 unstructuredAddress 12
1.2.840.113556.1.2:
1 instanceType 9
2 whenCreated 11
3 whenChanged 11
7 subRefs 1
8 possSuperiors 2
9 helpData32 10
13 displayName 12
14 hasMasterNCs 1
15 hasPartialReplicaNCs 1
16 nCName 1
18 otherTelephone 12
19 uSNCreated 16
21 subClassOf 2
22 governsID 2
24 mustContain 2
25 mayContain 2
26 rDNAttID 2
30 attributeID 2
32 attributeSyntax 2
33 isSingleValued 8
34 rangeLower 9
35 rangeUpper 9
36 dMDLocation 1
48 isDeleted 8
49 mAPIID 9
50 linkID 9
54 tombstoneLifetime 9
74 dSASignature 10
76 objectVersion 9
81 info 12
83 repsTo 10
91 repsFrom 10
102 memberOf 1
104 ownerBL 1
115 invocationId 10
118 otherPager 12
120 uSNChanged 16
121 uSNLastObjRem 16
131 co 12
135 cost 9
141 department 12
146 company 12
169 showInAdvancedViewOnly 8
194 adminDisplayName 12
210 proxyAddresses 12
212 dSHeuristics 12
214 originalDisplayTableMSDOS 10
218 oMObjectClass 10
226 adminDescription 12
227 extensionName 12
231 oMSyntax 9
255 addressSyntax 10
256 streetAddress 12
267 uSNDSALastObjRemoved 16
277 otherHomePhone 12
281 nTSecurityDescriptor 15
301 garbageCollPeriod 9
324 addressEntryDisplayTable 10
325 perMsgDialogDisplayTable 10
326 perRecipDialogDisplayTable 10
327 helpFileName 12
334 searchFlags 9
350 addressType 4
351 auxiliaryClass 2
353 displayNamePrintable 5
370 objectClassCategory 9
380 extendedCharsAllowed 8
400 addressEntryDisplayTableMSDOS 10
402 helpData16 10
436 directReports 1
444 msExchAssistantName 12
445 originalDisplayTable 10
459 networkAddress 4
460 lDAPDisplayName 12
464 wWWHomePage 12
469 USNIntersite 9
471 schemaVersion 9
523 proxyGenerationEnabled 8
557 Enabled 8
593 msExchLabeledURI 12
596 msExchHouseIdentifier 12
598 dmdName 12
610 employeeNumber 12
613 employeeType 12
615 personalTitle 12
617 homePostalAddress 12
1.2.840.113556.1.3:
9 dMD
11 crossRef
13 classSchema
14 attributeSchema
23 container
30 computer
46 mailRecipient
58 addressTemplate
59 displayTemplate
1.2.840.113556.1.4:
1 name 12
2 objectGUID 10
3 replPropertyMetaData 10
4 replUpToDateVector 10
8 userAccountControl 9
11 authenticationOptions 9
12 badPwdCount 9
13 builtinCreationTime 16
14 builtinModifiedCount 16
15 msiScriptPath 12
16 codePage 9
19 cOMClassID 12
20 cOMInterfaceID 12
21 cOMProgID 12
24 contentIndexingAllowed 8
25 countryCode 9
26 creationTime 16
27 currentValue 10
28 dnsRoot 12
31 fRSReplicaSetType 9
32 domainPolicyObject 1
35 employeeID 12
36 enabledConnection 8
38 flags 9
39 forceLogoff 16
40 fromServer 1
41 generatedConnection 8
43 fRSVersionGUID 10
44 homeDirectory 12
45 homeDrive 12
48 keywords 12
49 badPasswordTime 16
50 lastContentIndexed 16
51 lastLogoff 16
52 lastLogon 16
53 lastSetTime 16
55 dBCSPwd 10
56 localPolicyFlags 9
57 defaultLocalPolicyObject 1
58 localeID 9
60 lockoutDuration 16
61 lockOutObservationWindow 16
62 scriptPath 12
64 logonHours 10
65 logonWorkstation 10
66 lSACreationTime 16
67 lSAModifiedCount 16
68 machineArchitecture 9
71 machineRole 9
72 marshalledInterface 10
73 lockoutThreshold 9
74 maxPwdAge 16
75 maxRenewAge 16
76 maxStorage 16
77 maxTicketAge 16
78 minPwdAge 16
79 minPwdLength 9
80 minTicketAge 16
81 modifiedCountAtLastProm 16
82 moniker 10
83 monikerDisplayName 12
86 userWorkstations 12
87 nETBIOSName 12
88 nextRid 9
89 nTGroupMembers 10
90 unicodePwd 10
91 otherLoginWorkstations 12
93 pwdProperties 9
94 ntPwdHistory 10
95 pwdHistoryLength 9
96 pwdLastSet 16
97 preferredOU 1
98 primaryGroupID 9
99 priorSetTime 16
100 priorValue 10
101 privateKey 10
103 proxyLifetime 16
105 remoteServerName 12
107 remoteSource 12
108 remoteSourceType 9
109 replicaSource 12
113 rpcNsBindings 12
114 rpcNsGroup 12
115 rpcNsInterfaceID 12
117 rpcNsPriority 9
118 rpcNsProfileEntry 12
120 schemaFlagsEx 9
121 securityIdentifier 17
122 serviceClassID 10
123 serviceClassInfo 10
125 supplementalCredentials 10
129 trustAuthIncoming 10
132 trustDirection 9
133 trustPartner 12
134 trustPosixOffset 9
135 trustAuthOutgoing 10
136 trustType 9
137 uNCName 12
138 userParameters 12
139 profilePath 12
141 versionNumber 9
142 winsockAddresses 10
144 operatorCount 9
145 revision 9
146 objectSid 17
148 schemaIDGUID 10
149 attributeSecurityGUID 10
150 adminCount 9
151 oEMInformation 12
152 groupAttributes 9
153 rid 9
154 serverState 9
155 uASCompat 9
156 comment 12
157 serverRole 9
158 domainReplica 12
159 accountExpires 16
160 lmPwdHistory 10
166 groupMembershipSAM 10
168 modifiedCount 16
169 logonCount 9
170 systemOnly 8
195 systemPossSuperiors 2
196 systemMayContain 2
197 systemMustContain 2
198 systemAuxiliaryClass 2
199 serviceInstanceVersion 10
200 controlAccessRights 10
202 auditingPolicy 10
205 pKTGuid 10
206 pKT 10
211 schedule 10
213 defaultClassStore 1
214 nextLevelStore 1
218 applicationName 12
219 iconPath 12
221 sAMAccountName 12
222 location 12
223 serverName 12
224 defaultSecurityDescriptor 12
228 portName 12
229 driverName 12
230 printSeparatorFile 12
231 priority 9
232 defaultPriority 9
233 printStartTime 9
234 printEndTime 9
235 printFormName 12
237 printBinNames 12
238 printMaxResolutionSupported 9
240 printOrientationsSupported 12
241 printMaxCopies 9
242 printCollate 8
243 printColor 8
246 printLanguage 12
247 printAttributes 9
249 cOMCLSID 12
250 cOMUniqueLIBID 12
251 cOMTreatAsClassId 12
253 cOMOtherProgId 12
254 cOMTypelibId 12
255 vendor 12
261 division 12
265 notes 12
268 eFSPolicy 10
269 linkTrackSecret 10
270 printShareName 12
271 printOwner 12
272 printNotify 12
273 printStatus 12
274 printSpooling 12
275 printKeepPrintedJobs 8
276 driverVersion 9
277 printMaxXExtent 9
278 printMaxYExtent 9
279 printMinXExtent 9
280 printMinYExtent 9
281 printStaplingSupported 8
282 printMemory 9
283 assetNumber 12
284 bytesPerMinute 9
285 printRate 9
286 printRateUnit 12
287 printNetworkAddress 12
288 printMACAddress 12
289 printMediaReady 12
290 printNumberUp 9
299 printMediaSupported 12
300 printerName 12
301 wbemPath 12
302 sAMAccountType 9
303 notificationList 1
307 options 9
312 rpcNsObjectID 12
314 rpcNsTransferSyntax 12
320 implementedCategories 10
321 requiredCategories 10
322 categoryId 10
324 packageType 9
325 setupCommand 12
326 packageName 12
327 packageFlags 9
328 versionNumberHi 9
329 versionNumberLo 9
330 lastUpdateSequence 12
332 birthLocation 10
333 oMTIndxGuid 10
334 volTableIdxGUID 10
335 currentLocation 10
336 volTableGUID 10
337 currMachineId 10
340 rightsGuid 12
341 appliesTo 12
344 groupsToIgnore 12
345 groupPriority 12
346 desktopProfile 12
356 foreignIdentifier 10
357 nTMixedDomain 9
358 netbootInitialization 12
359 netbootGUID 10
361 netbootMachineFilePath 12
362 siteGUID 10
363 operatingSystem 12
364 operatingSystemVersion 12
365 operatingSystemServicePack 12
366 rpcNsAnnotation 12
367 rpcNsCodeset 12
368 rIDManagerReference 1
369 fSMORoleOwner 1
370 rIDAvailablePool 16
371 rIDAllocationPool 16
372 rIDPreviousAllocationPool 16
373 rIDUsedPool 16
374 rIDNextRID 9
375 systemFlags 9
378 dnsAllowDynamic 8
379 dnsAllowXFR 8
380 dnsSecureSecondaries 9
381 dnsNotifySecondaries 9
382 dnsRecord 10
415 operatingSystemHotfix 12
420 publicKeyPolicy 10
421 domainWidePolicy 10
422 domainPolicyReference 1
457 localPolicyReference 1
458 qualityOfService 9
459 machineWidePolicy 10
470 trustAttributes 9
471 trustParent 1
472 domainCrossRef 1
480 defaultGroup 1
481 schemaUpdate 11
483 fRSFileFilter 12
484 fRSDirectoryFilter 12
485 fRSUpdateTimeout 9
486 fRSWorkingPath 12
487 fRSRootPath 12
488 fRSStagingPath 12
490 fRSDSPoll 9
491 fRSFaultCondition 12
494 siteServer 1
498 creationWizard 12
499 contextMenu 12
500 fRSServiceCommand 12
502 timeVolChange 16
503 timeRefresh 16
504 seqNotification 9
505 oMTGuid 10
506 objectCount 9
507 volumeCount 9
509 serviceClassName 12
510 serviceBindingInformation 12
511 flatName 12
512 siteObject 1
513 siteObjectBL 1
514 physicalLocationObject 1
515 serverReference 1
516 serverReferenceBL 1
517 ipsecPolicyReference 1
518 defaultHidingValue 8
519 lastBackupRestorationTime 16
520 machinePasswordChangeInterval 16
530 nonSecurityMember 1
531 nonSecurityMemberBL 1
532 superiorDNSRoot 12
533 fRSReplicaSetGUID 10
534 fRSLevelLimit 9
535 fRSRootSecurity 15
536 fRSExtensions 10
537 dynamicLDAPServer 1
538 prefixMap 10
539 initialAuthIncoming 12
540 initialAuthOutgoing 12
557 parentCA 1
562 adminPropertyPages 12
563 shellPropertyPages 12
565 meetingID 12
566 meetingName 12
567 meetingDescription 12
568 meetingKeyword 12
569 meetingLocation 12
570 meetingProtocol 12
571 meetingType 12
573 meetingApplication 12
574 meetingLanguage 12
576 meetingMaxParticipants 9
577 meetingOriginator 12
578 meetingContactInfo 12
579 meetingOwner 12
580 meetingIP 12
581 meetingScope 12
582 meetingAdvertiseScope 12
583 meetingURL 12
584 meetingRating 12
585 meetingIsEncrypted 12
586 meetingRecurrence 12
587 meetingStartTime 11
588 meetingEndTime 11
589 meetingBandwidth 9
590 meetingBlob 10
607 queryPolicyObject 1
608 queryPolicyBL 1
609 sIDHistory 17
610 classDisplayName 12
614 adminContextMenu 12
615 shellContextMenu 12
618 wellKnownObjects 7
619 dNSHostName 12
620 ipsecName 12
621 ipsecID 12
622 ipsecDataType 9
623 ipsecData 10
624 ipsecOwnersReference 1
626 ipsecISAKMPReference 1
627 ipsecNFAReference 1
628 ipsecNegotiationPolicyReference 1
629 ipsecFilterReference 1
631 printPagesPerMinute 9
633 policyReplicationFlags 9
634 privilegeDisplayName 12
635 privilegeValue 16
636 privilegeAttributes 9
637 privilegeHolder 1
638 isPrivilegeHolder 1
639 isMemberOfPartialAttributeSet 8
640 partialAttributeSet 10
644 showInAddressBook 1
645 userCert 10
646 otherFacsimileTelephoneNumber 12
647 otherMobile 12
648 primaryTelexNumber 12
649 primaryInternationalISDNNumber 12
650 mhsORAddress 12
651 otherMailbox 12
652 assistant 1
653 managedBy 1
654 managedObjects 1
655 legacyExchangeDN 4
656 userPrincipalName 12
657 serviceDNSName 12
659 serviceDNSNameType 12
660 treeName 12
661 isDefunct 8
662 lockoutTime 16
663 partialAttributeDeletionList 10
664 syncWithObject 1
665 syncMembership 1
666 syncAttributes 9
667 syncWithSID 17
668 domainCAs 1
669 rIDSetReferences 1
671 msiFileList 12
672 categories 12
673 retiredReplDSASignatures 10
674 rootTrust 1
675 catalogs 12
677 replTopologyStayOfExecution 9
679 creator 12
680 queryPoint 12
681 indexedScopes 12
682 friendlyNames 12
683 cRLPartitionedRevocationList 10
684 certificateAuthorityObject 1
685 parentCACertificateChain 10
686 domainID 1
687 cAConnect 12
688 cAWEBURL 12
689 cRLObject 1
690 cAUsages 12
692 previousCACertificates 10
693 pendingCACertificates 10
694 previousParentCA 1
695 pendingParentCA 1
696 currentParentCA 1
697 cACertificateDN 12
698 dhcpUniqueKey 16
699 dhcpType 9
700 dhcpFlags 16
701 dhcpIdentification 12
702 dhcpObjName 12
703 dhcpObjDescription 12
704 dhcpServers 5
705 dhcpSubnets 5
706 dhcpMask 5
707 dhcpRanges 5
708 dhcpSites 5
709 dhcpReservations 5
710 superScopes 5
711 superScopeDescription 12
712 optionDescription 12
713 optionsLocation 5
714 dhcpOptions 10
715 dhcpClasses 10
716 mscopeId 5
717 dhcpState 5
718 dhcpProperties 10
719 dhcpMaxKey 16
720 dhcpUpdateTime 16
721 ipPhone 12
722 otherIpPhone 12
748 attributeDisplayNames 12
749 url 12
750 groupType 9
751 userSharedFolder 12
752 userSharedFolderOther 12
753 nameServiceFlags 9
754 rpcNsEntryFlags 9
755 domainIdentifier 9
756 aCSTimeOfDay 12
757 aCSDirection 9
758 aCSMaxTokenRatePerFlow 16
759 aCSMaxPeakBandwidthPerFlow 16
760 aCSAggregateTokenRatePerUser 16
761 aCSMaxDurationPerFlow 9
762 aCSServiceType 9
763 aCSTotalNoOfFlows 9
764 aCSPriority 9
765 aCSPermissionBits 16
766 aCSAllocableRSVPBandwidth 16
767 aCSMaxPeakBandwidth 16
768 aCSEnableRSVPMessageLogging 8
769 aCSEventLogLevel 9
770 aCSEnableACSService 8
771 servicePrincipalName 12
772 aCSPolicyName 12
773 aCSRSVPLogFilesLocation 12
774 aCSMaxNoOfLogFiles 9
775 aCSMaxSizeOfRSVPLogFile 9
776 aCSDSBMPriority 9
777 aCSDSBMRefresh 9
778 aCSDSBMDeadTime 9
779 aCSCacheTimeout 9
780 aCSNonReservedTxLimit 16
781 lastKnownParent 1
782 objectCategory 1
783 defaultObjectCategory 1
784 aCSIdentityName 12
786 mailAddress 12
789 transportDLLName 12
791 transportType 1
806 treatAsLeaf 8
809 remoteStorageGUID 12
810 createDialog 12
812 createWizardExt 12
813 upgradeProductCode 10
814 msiScript 10
815 canUpgradeScript 12
816 fileExtPriority 12
817 localizedDescription 12
818 productCode 10
819 bridgeheadTransportList 1
820 bridgeheadServerListBL 1
821 siteList 1
822 siteLinkList 1
823 certificateTemplates 12
824 signatureAlgorithms 12
825 enrollmentProviders 12
843 lDAPAdminLimits 12
844 lDAPIPDenyList 10
845 msiScriptName 12
846 msiScriptSize 9
847 installUiLevel 9
848 appSchemaVersion 9
849 netbootAllowNewClients 8
850 netbootLimitClients 8
851 netbootMaxClients 9
852 netbootCurrentClientCount 9
853 netbootAnswerRequests 8
854 netbootAnswerOnlyValidClients 8
855 netbootNewMachineNamingPolicy 12
856 netbootNewMachineOU 1
857 netbootIntelliMirrorOSes 12
858 netbootTools 12
859 netbootLocallyInstalledOSes 12
860 netbootServer 1
864 netbootSCPBL 1
865 pekList 10
866 pekKeyChangeInterval 16
867 altSecurityIdentities 12
868 isCriticalSystemObject 8
869 frsComputerReference 1
870 frsComputerReferenceBL 1
871 fRSControlDataCreation 12
872 fRSControlInboundBacklog 12
873 fRSControlOutboundBacklog 12
874 fRSFlags 9
875 fRSMemberReference 1
876 fRSMemberReferenceBL 1
877 fRSPartnerAuthLevel 9
878 fRSPrimaryMember 1
879 fRSServiceCommandStatus 12
880 fRSTimeLastCommand 11
881 fRSTimeLastConfigChange 11
882 fRSVersion 12
883 msRRASVendorAttributeEntry 12
884 msRRASAttribute 12
885 terminalServer 10
886 purportedSearch 12
887 iPSECNegotiationPolicyType 12
888 iPSECNegotiationPolicyAction 12
889 additionalTrustedServiceNames 12
890 uPNSuffixes 12
891 gPLink 12
892 gPOptions 9
893 gPCFunctionalityVersion 9
894 gPCFileSysPath 12
895 transportAddressAttribute 2
896 uSNSource 16
897 aCSMaxAggregatePeakRatePerUser 16
898 aCSNonReservedTxSize 16
899 aCSEnableRSVPAccounting 8
900 aCSRSVPAccountFilesLocation 12
901 aCSMaxNoOfAccountFiles 9
902 aCSMaxSizeOfRSVPAccountFile 9
908 extendedClassInfo 12
909 extendedAttributeInfo 12
910 fromEntry 8
911 allowedChildClasses 2
912 allowedChildClassesEffective 2
913 allowedAttributes 2
914 allowedAttributesEffective 2
915 possibleInferiors 2
916 canonicalName 12
917 mSMQQueueType 10
918 mSMQJournal 8
919 mSMQQuota 9
920 mSMQBasePriority 9
921 mSMQJournalQuota 9
922 mSMQLabel 4
923 mSMQAuthenticate 8
924 mSMQPrivacyLevel 9
925 mSMQOwnerID 10
926 mSMQTransactional 8
927 mSMQSites 10
928 mSMQOutRoutingServers 1
929 mSMQInRoutingServers 1
930 mSMQServiceType 9
933 mSMQComputerType 4
934 mSMQForeign 8
935 mSMQOSType 9
936 mSMQEncryptKey 10
937 mSMQSignKey 10
939 mSMQNameStyle 8
940 mSMQCSPName 4
941 mSMQLongLived 9
942 mSMQVersion 9
943 mSMQSite1 1
944 mSMQSite2 1
945 mSMQSiteGates 1
946 mSMQCost 9
947 mSMQSignCertificates 10
948 mSMQDigests 10
950 mSMQServices 9
951 mSMQQMID 10
952 mSMQMigrated 8
953 mSMQSiteID 10
960 mSMQNt4Stub 9
961 mSMQSiteForeign 8
962 mSMQQueueQuota 9
963 mSMQQueueJournalQuota 9
964 mSMQNt4Flags 9
965 mSMQSiteName 4
966 mSMQDigestsMig 10
967 mSMQSignCertificatesMig 10
1119 msNPAllowDialin 8
1123 msNPCalledStationID 5
1124 msNPCallingStationID 5
1130 msNPSavedCallingStationID 5
1145 msRADIUSCallbackNumber 5
1153 msRADIUSFramedIPAddress 9
1158 msRADIUSFramedRoute 5
1171 msRADIUSServiceType 9
1189 msRASSavedCallbackNumber 5
1190 msRASSavedFramedIPAddress 9
1191 msRASSavedFramedRoute 5
1208 aNR 12
1209 shortServerName 12
1212 isEphemeral 8
1213 assocNTAccount 10
1224 parentGUID 10
1225 mSMQPrevSiteGates 1
1226 mSMQDependentClientServices 8
1227 mSMQRoutingServices 8
1228 mSMQDsServices 8
1237 mSMQRoutingService 8
1238 mSMQDsService 8
1239 mSMQDependentClientService 8
1240 netbootSIFFile 12
1241 netbootMirrorDataFile 12
1242 dNReferenceUpdate 1
1243 mSMQQueueNameExt 12
1244 addressBookRoots 1
1245 globalAddressList 1
1246 interSiteTopologyGenerator 1
1247 interSiteTopologyRenew 9
1248 interSiteTopologyFailover 9
1249 proxiedObjectName 7
1301 tokenGroups 17
1303 tokenGroupsNoGCAcceptable 17
1304 sDRightsEffective 9
1305 moveTreeState 10
1306 dNSProperty 10
1307 accountNameHistory 12
1308 mSMQInterval1 9
1309 mSMQInterval2 9
1310 mSMQSiteGatesMig 1
1311 printDuplexSupported 8
1312 aCSServerList 12
1313 aCSMaxTokenBucketPerFlow 16
1314 aCSMaximumSDUSize 16
1315 aCSMinimumPolicedSize 16
1316 aCSMinimumLatency 16
1317 aCSMinimumDelayVariation 16
1318 aCSNonReservedPeakRate 16
1319 aCSNonReservedTokenSize 16
1320 aCSNonReservedMaxSDUSize 16
1321 aCSNonReservedMinPolicedSize 16
1327 pKIDefaultKeySpec 9
1328 pKIKeyUsage 10
1329 pKIMaxIssuingDepth 9
1330 pKICriticalExtensions 12
1331 pKIExpirationPeriod 10
1332 pKIOverlapPeriod 10
1333 pKIExtendedKeyUsage 12
1334 pKIDefaultCSPs 12
1335 pKIEnrollmentAccess 15
1336 replInterval 9
1337 mSMQUserSid 10
1343 dSUIAdminNotification 12
1344 dSUIAdminMaximum 9
1345 dSUIShellMaximum 9
1346 templateRoots 1
1347 sPNMappings 12
1348 gPCMachineExtensionNames 12
1349 gPCUserExtensionNames 12
1353 localizationDisplayId 9
1354 scopeFlags 9
1355 queryFilter 12
1356 validAccesses 9
1357 dSCorePropagationData 11
1358 schemaInfo 10
1359 otherWellKnownObjects 7
1360 mS-DS-ConsistencyGuid 10
1361 mS-DS-ConsistencyChildCount 9
1363 mS-SQL-Name 12
1364 mS-SQL-RegisteredOwner 12
1365 mS-SQL-Contact 12
1366 mS-SQL-Location 12
1367 mS-SQL-Memory 16
1368 mS-SQL-Build 9
1369 mS-SQL-ServiceAccount 12
1370 mS-SQL-CharacterSet 9
1371 mS-SQL-SortOrder 12
1372 mS-SQL-UnicodeSortOrder 9
1373 mS-SQL-Clustered 8
1374 mS-SQL-NamedPipe 12
1375 mS-SQL-MultiProtocol 12
1376 mS-SQL-SPX 12
1377 mS-SQL-TCPIP 12
1378 mS-SQL-AppleTalk 12
1379 mS-SQL-Vines 12
1380 mS-SQL-Status 16
1381 mS-SQL-LastUpdatedDate 12
1382 mS-SQL-InformationURL 12
1383 mS-SQL-ConnectionURL 12
1384 mS-SQL-PublicationURL 12
1385 mS-SQL-GPSLatitude 12
1386 mS-SQL-GPSLongitude 12
1387 mS-SQL-GPSHeight 12
1388 mS-SQL-Version 12
1389 mS-SQL-Language 12
1390 mS-SQL-Description 12
1391 mS-SQL-Type 12
1392 mS-SQL-InformationDirectory 8
1393 mS-SQL-Database 12
1394 mS-SQL-AllowAnonymousSubscription 8
1395 mS-SQL-Alias 12
1396 mS-SQL-Size 16
1397 mS-SQL-CreationDate 12
1398 mS-SQL-LastBackupDate 12
1399 mS-SQL-LastDiagnosticDate 12
1400 mS-SQL-Applications 12
1401 mS-SQL-Keywords 12
1402 mS-SQL-Publisher 12
1403 mS-SQL-AllowKnownPullSubscription 8
1404 mS-SQL-AllowImmediateUpdatingSubscription 8
1405 mS-SQL-AllowQueuedUpdatingSubscription 8
1406 mS-SQL-AllowSnapshotFilesFTPDownloading 8
1407 mS-SQL-ThirdParty 8
1408 mS-DS-ReplicatesNCReason 7
1409 masteredBy 1
1410 mS-DS-CreatorSID 17
1411 ms-DS-MachineAccountQuota 9
1412 primaryGroupToken 9
1414 dNSTombstoned 8
1415 mSMQLabelEx 12
1416 mSMQSiteNameEx 12
1417 mSMQComputerTypeEx 12
1418 tokenGroupsGlobalAndUniversal 17
1423 msCOM-PartitionLink 1
1424 msCOM-PartitionSetLink 1
1425 msCOM-UserLink 1
1426 msCOM-UserPartitionSetLink 1
1427 msCOM-DefaultPartitionLink 1
1428 msCOM-ObjectId 10
1429 msPKI-RA-Signature 9
1430 msPKI-Enrollment-Flag 9
1431 msPKI-Private-Key-Flag 9
1432 msPKI-Certificate-Name-Flag 9
1433 msPKI-Minimal-Key-Size 9
1434 msPKI-Template-Schema-Version 9
1435 msPKI-Template-Minor-Revision 9
1436 msPKI-Cert-Template-OID 12
1437 msPKI-Supersede-Templates 12
1438 msPKI-RA-Policies 12
1439 msPKI-Certificate-Policy 12
1440 msDs-Schema-Extensions 10
1441 msDS-Cached-Membership 10
1442 msDS-Cached-Membership-Time-Stamp 16
1443 msDS-Site-Affinity 10
1444 msDS-Preferred-GC-Site 1
1458 msDS-Auxiliary-Classes 2
1459 msDS-Behavior-Version 9
1460 msDS-User-Account-Control-Computed 9
1621 msDS-Other-Settings 12
1622 msDS-Entry-Time-To-Die 11
1623 msWMI-Author 12
1624 msWMI-ChangeDate 12
1625 msWMI-ClassDefinition 12
1626 msWMI-CreationDate 12
1627 msWMI-ID 12
1628 msWMI-IntDefault 9
1629 msWMI-IntMax 9
1630 msWMI-IntMin 9
1631 msWMI-IntValidValues 9
1632 msWMI-Int8Default 16
1633 msWMI-Int8Max 16
1634 msWMI-Int8Min 16
1635 msWMI-Int8ValidValues 16
1636 msWMI-StringDefault 12
1637 msWMI-StringValidValues 12
1638 msWMI-Mof 12
1639 msWMI-Name 12
1640 msWMI-NormalizedClass 12
1641 msWMI-PropertyName 12
1642 msWMI-Query 12
1643 msWMI-QueryLanguage 12
1644 msWMI-SourceOrganization 12
1645 msWMI-TargetClass 12
1646 msWMI-TargetNameSpace 12
1647 msWMI-TargetObject 10
1648 msWMI-TargetPath 12
1649 msWMI-TargetType 12
1661 msDS-NC-Replica-Locations 1
1663 msDS-Replication-Notify-First-DSA-Delay 9
1664 msDS-Replication-Notify-Subsequent-DSA-Delay 9
1669 msDS-Approx-Immed-Subordinates 9
1671 msPKI-OID-Attribute 9
1672 msPKI-OID-CPS 12
1673 msPKI-OID-User-Notice 12
1674 msPKI-Certificate-Application-Policy 12
1675 msPKI-RA-Application-Policies 12
1676 msWMI-Class 12
1677 msWMI-Genus 9
1678 msWMI-intFlags1 9
1679 msWMI-intFlags2 9
1680 msWMI-intFlags3 9
1681 msWMI-intFlags4 9
1682 msWMI-Parm1 12
1683 msWMI-Parm2 12
1684 msWMI-Parm3 12
1685 msWMI-Parm4 12
1686 msWMI-ScopeGuid 12
1687 extraColumns 12
1688 msDS-Security-Group-Extra-Classes 12
1689 msDS-Non-Security-Group-Extra-Classes 12
1690 adminMultiselectPropertyPages 12
1692 msFRS-Topology-Pref 12
1693 msFRS-Hub-Member 1
1694 gPCWQLFilter 12
1695 msMQ-Recipient-FormatName 12
1696 lastLogonTimestamp 16
1697 msDS-Settings 12
1698 msTAPI-uid 12
1699 msTAPI-ProtocolId 12
1700 msTAPI-ConferenceBlob 10
1701 msTAPI-IpAddress 12
1702 msDS-TrustForestTrustInfo 10
1703 msDS-FilterContainers 12
1704 msDS-NCReplCursors 12
1705 msDS-NCReplInboundNeighbors 12
1706 msDS-NCReplOutboundNeighbors 12
1707 msDS-ReplAttributeMetaData 12
1708 msDS-ReplValueMetaData 12
1709 msDS-HasInstantiatedNCs 7
1710 msDS-AllowedDNSSuffixes 12
1711 msDS-SDReferenceDomain 1
1712 msPKI-OIDLocalizedName 12
1713 MSMQ-SecuredSource 8
1714 MSMQ-MulticastAddress 12
1715 msDS-SPNSuffixes 12
1716 msDS-IntId 9
1717 msDS-AdditionalDnsHostName 12
1718 msDS-AdditionalSamAccountName 12
1719 msDS-DnsRootAlias 12
1720 msDS-ReplicationEpoch 9
1721 msDS-UpdateScript 12
1780 hideFromAB 8
1782 msDS-KeyVersionNumber 9
1783 msDS-ExecuteScriptPassword 10
1784 msDS-LogonTimeSyncInterval 9
1785 msIIS-FTPRoot 12
1786 msIIS-FTPDir 12
1787 msDS-AllowedToDelegateTo 12
1788 msDS-PerUserTrustQuota 9
1789 msDS-AllUsersTrustQuota 9
1790 msDS-PerUserTrustTombstonesQuota 9
1792 msDS-AzLDAPQuery 12
1793 msDS-NonMembers 1
1794 msDS-NonMembersBL 1
1795 msDS-AzDomainTimeout 9
1796 msDS-AzScriptEngineCacheMax 9
1797 msDS-AzScriptTimeout 9
1798 msDS-AzApplicationName 12
1799 msDS-AzScopeName 12
1800 msDS-AzOperationID 9
1801 msDS-AzBizRule 12
1802 msDS-AzBizRuleLanguage 12
1803 msDS-AzLastImportedBizRulePath 12
1805 msDS-AzGenerateAudits 8
1806 msDS-MembersForAzRole 1
1807 msDS-MembersForAzRoleBL 1
1808 msDS-OperationsForAzTask 1
1809 msDS-OperationsForAzTaskBL 1
1810 msDS-TasksForAzTask 1
1811 msDS-TasksForAzTaskBL 1
1812 msDS-OperationsForAzRole 1
1813 msDS-OperationsForAzRoleBL 1
1814 msDS-TasksForAzRole 1
1815 msDS-TasksForAzRoleBL 1
1816 msDS-AzClassId 12
1817 msDS-AzApplicationVersion 12
1818 msDS-AzTaskIsRoleDefinition 8
1819 msDS-AzApplicationData 12
1820 msDS-HasDomainNCs 1
1821 msieee80211-Data 10
1822 msieee80211-DataType 9
1823 msieee80211-ID 12
1824 msDS-AzMajorVersion 9
1825 msDS-AzMinorVersion 9
1826 msDS-RetiredReplNCSignatures 10
1831 msDS-ByteArray 10
1832 msDS-DateTime 11
1833 msDS-ExternalKey 12
1834 msDS-ExternalStore 12
1835 msDS-Integer 9
1836 msDS-hasMasterNCs 1
1837 msDs-masteredBy 1
1840 msDS-ObjectReference 1
1841 msDS-ObjectReferenceBL 1
1842 msDs-MaxValues 9
1843 msDRM-IdentityCertificate 10
1844 msDS-QuotaTrustee 17
1845 msDS-QuotaAmount 9
1846 msDS-DefaultQuota 9
1847 msDS-TombstoneQuotaFactor 9
1848 msDS-QuotaEffective 9
1849 msDS-QuotaUsed 9
1850 msDS-TopQuotaUsage 12
1865 msDS-PrincipalName 12
1879 msDS-SourceObjectDN 12
1892 msPKIRoamingTimeStamp 10
1893 msPKIDPAPIMasterKeys 7
1894 msPKIAccountCredentials 7
1910 unixUserPassword 10
1913 msRADIUS-FramedInterfaceId 5
1914 msRADIUS-SavedFramedInterfaceId 5
1915 msRADIUS-FramedIpv6Prefix 5
1916 msRADIUS-SavedFramedIpv6Prefix 5
1917 msRADIUS-FramedIpv6Route 5
1918 msRADIUS-SavedFramedIpv6Route 5
1923 msDS-KrbTgtLink 1
1924 msDS-RevealedUsers 7
1925 msDS-hasFullReplicaNCs 1
1926 msDS-NeverRevealGroup 1
1928 msDS-RevealOnDemandGroup 1
1929 msDS-SecondaryKrbTgtNumber 9
1930 msDS-RevealedDSAs 1
1931 msDS-KrbTgtLinkBl 1
1932 msDS-IsFullReplicaFor 1
1933 msDS-IsDomainFor 1
1934 msDS-IsPartialReplicaFor 1
1940 msDS-RevealedList 14
1942 msDS-PhoneticFirstName 12
1943 msDS-PhoneticLastName 12
1944 msDS-PhoneticDepartment 12
1945 msDS-PhoneticCompanyName 12
1946 msDS-PhoneticDisplayName 12
1949 msDS-AzObjectGuid 10
1950 msDS-AzGenericData 12
1951 ms-net-ieee-80211-GP-PolicyGUID 12
1952 ms-net-ieee-80211-GP-PolicyData 12
1953 ms-net-ieee-80211-GP-PolicyReserved 10
1954 ms-net-ieee-8023-GP-PolicyGUID 12
1955 ms-net-ieee-8023-GP-PolicyData 12
1956 ms-net-ieee-8023-GP-PolicyReserved 10
1957 msDS-AuthenticatedToAccountlist 1
1958 msDS-AuthenticatedAtDC 1
1959 msDS-isGC 8
1960 msDS-isRODC 8
1961 msDS-SiteName 12
1962 msDS-PromotionSettings 12
1963 msDS-SupportedEncryptionTypes 9
1964 msFVE-RecoveryPassword 12
1965 msFVE-RecoveryGuid 10
1966 msTPM-OwnerInformation 12
1967 msDS-NC-RO-Replica-Locations 1
1968 msDS-NC-RO-Replica-Locations-BL 1
1969 samDomainUpdates 10
1970 msDS-LastSuccessfulInteractiveLogonTime 16
1971 msDS-LastFailedInteractiveLogonTime 16
1972 msDS-FailedInteractiveLogonCount 9
1973 msDS-FailedInteractiveLogonCountAtLastSuccessfulLogon 9
1975 msDS-RevealedListBL 1
1976 msTSProfilePath 12
1977 msTSHomeDirectory 12
1978 msTSHomeDrive 12
1979 msTSAllowLogon 8
1980 msTSRemoteControl 9
1981 msTSMaxDisconnectionTime 9
1982 msTSMaxConnectionTime 9
1983 msTSMaxIdleTime 9
1984 msTSReconnectionAction 8
1985 msTSBrokenConnectionAction 8
1986 msTSConnectClientDrives 8
1987 msTSConnectPrinterDrives 8
1988 msTSDefaultToMainPrinter 8
1989 msTSWorkDirectory 12
1990 msTSInitialProgram 12
1991 msTSProperty01 12
1992 msTSProperty02 12
1993 msTSExpireDate 11
1994 msTSLicenseVersion 12
1995 msTSManagingLS 12
1996 msDS-UserPasswordExpiryTimeComputed 16
1997 msDS-HABSeniorityIndex 9
1998 msFVE-VolumeGuid 10
1999 msFVE-KeyPackage 10
2000 msTSExpireDate2 11
2001 msTSLicenseVersion2 12
2002 msTSManagingLS2 12
2003 msTSExpireDate3 11
2004 msTSLicenseVersion3 12
2005 msTSManagingLS3 12
2006 msTSExpireDate4 11
2007 msTSLicenseVersion4 12
2008 msTSManagingLS4 12
2009 msTSLSProperty01 12
2010 msTSLSProperty02 12
2011 msDS-MaximumPasswordAge 16
2012 msDS-MinimumPasswordAge 16
2013 msDS-MinimumPasswordLength 9
2014 msDS-PasswordHistoryLength 9
2015 msDS-PasswordComplexityEnabled 8
2016 msDS-PasswordReversibleEncryptionEnabled 8
2017 msDS-LockoutObservationWindow 16
2018 msDS-LockoutDuration 16
2019 msDS-LockoutThreshold 9
2020 msDS-PSOAppliesTo 1
2021 msDS-PSOApplied 1
2022 msDS-ResultantPSO 1
2023 msDS-PasswordSettingsPrecedence 9
2024 msDS-NcType 9
2025 msDS-IsUserCachableAtRodc 9
2030 msDFS-SchemaMajorVersion 9
2031 msDFS-SchemaMinorVersion 9
2032 msDFS-GenerationGUIDv2 10
2033 msDFS-NamespaceIdentityGUIDv2 10
2034 msDFS-LastModifiedv2 11
2035 msDFS-Ttlv2 9
2036 msDFS-Commentv2 12
2037 msDFS-Propertiesv2 12
2038 msDFS-TargetListv2 10
2039 msDFS-LinkPathv2 12
2040 msDFS-LinkSecurityDescriptorv2 15
2041 msDFS-LinkIdentityGUIDv2 10
2042 msDFS-ShortNameLinkPathv2 12
2046 addressBookRoots2 1
2047 globalAddressList2 1
2048 templateRoots2 1
2049 msDS-BridgeHeadServersUsed 7
2050 msPKI-CredentialRoamingTokens 7
2051 msDS-OIDToGroupLink 1
2052 msDS-OIDToGroupLinkBl 1
2053 msImaging-PSPIdentifier 10
2054 msImaging-PSPString 12
2055 msDS-USNLastSyncSuccess 16
2056 msDS-HostServiceAccount 1
2057 msDS-HostServiceAccountBL 1
2058 isRecycled 8
2059 msDS-LocalEffectiveDeletionTime 11
2060 msDS-LocalEffectiveRecycleTime 11
2061 msDS-EnabledFeature 1
2062 msDS-OptionalFeatureGUID 10
2063 msDS-OptionalFeatureFlags 9
2066 msDS-RequiredDomainBehaviorVersion 9
2067 msDS-LastKnownRDN 12
2068 msDS-DeletedObjectLifetime 9
2069 msDS-EnabledFeatureBL 1
2070 msTSEndpointData 12
2071 msTSEndpointType 9
2072 msTSEndpointPlugin 12
2073 msTSPrimaryDesktop 1
2074 msTSPrimaryDesktopBL 1
2075 msTSSecondaryDesktops 1
2076 msPKI-Enrollment-Servers 12
2077 msPKI-Site-Name 12
2078 msTSSecondaryDesktopBL 1
2079 msDS-RequiredForestBehaviorVersion 9
2081 msSPP-CSVLKSkuId 10
2082 msSPP-KMSIds 10
2083 msSPP-InstallationId 12
2084 msSPP-ConfirmationId 12
2085 msSPP-OnlineLicense 10
2086 msSPP-PhoneLicense 10
2087 msSPP-ConfigLicense 10
2088 msSPP-IssuanceLicense 10
2095 msDS-IsUsedAsResourceSecurityAttribute 8
2097 msDS-ClaimPossibleValues 12
2098 msDS-ClaimValueType 16
2099 msDS-ClaimAttributeSource 1
2100 msDS-ClaimTypeAppliesToClass 1
2101 msDS-ClaimSharesPossibleValuesWith 1
2102 msDS-ClaimSharesPossibleValuesWithBL 1
2103 msDS-MembersOfResourcePropertyList 1
2104 msDS-MembersOfResourcePropertyListBL 1
2105 msSPP-CSVLKPid 12
2106 msSPP-CSVLKPartialProductKey 12
2107 msTPM-SrkPubThumbprint 10
2108 msTPM-OwnerInformationTemp 12
2109 msTPM-TpmInformationForComputer 1
2110 msTPM-TpmInformationForComputerBL 1
2128 msDNS-KeymasterZones 12
2129 msDNS-ServerSettings
2130 msDNS-IsSigned 8
2131 msDNS-SignWithNSEC3 8
2132 msDNS-NSEC3OptOut 8
2133 msDNS-MaintainTrustAnchor 9
2134 msDNS-DSRecordAlgorithms 9
2135 msDNS-RFC5011KeyRollovers 8
2136 msDNS-NSEC3HashAlgorithm 9
2137 msDNS-NSEC3RandomSaltLength 9
2138 msDNS-NSEC3Iterations 9
2139 msDNS-DNSKEYRecordSetTTL 9
2140 msDNS-DSRecordSetTTL 9
2141 msDNS-SignatureInceptionOffset 9
2142 msDNS-SecureDelegationPollingPeriod 9
2143 msDNS-SigningKeyDescriptors 10
2144 msDNS-SigningKeys 10
2145 msDNS-DNSKEYRecords 10
2146 msDNS-ParentHasSecureDelegation 8
2147 msDNS-PropagationTime 9
2148 msDNS-NSEC3UserSalt 12
2149 msDNS-NSEC3CurrentSalt 12
2150 msAuthz-EffectiveSecurityPolicy 12
2151 msAuthz-ProposedSecurityPolicy 12
2152 msAuthz-LastEffectiveSecurityPolicy 12
2153 msAuthz-ResourceCondition 12
2154 msAuthz-CentralAccessPolicyID 17
2155 msAuthz-MemberRulesInCentralAccessPolicy 1
2156 msAuthz-MemberRulesInCentralAccessPolicyBL 1
2157 msDS-ClaimSource 12
2158 msDS-ClaimSourceType 12
2159 msDS-ClaimIsValueSpaceRestricted 8
2160 msDS-ClaimIsSingleValued 8
2161 msAuthz-CentralAccessPolicies
2162 msAuthz-CentralAccessRules
2163 msAuthz-CentralAccessRule
2164 msAuthz-CentralAccessPolicy
2166 msDS-GenerationId 10
2167 msDS-PrimaryComputer 1
2168 msDS-IsPrimaryComputerFor 1
2169 msKds-KDFAlgorithmID 12
2170 msKds-KDFParam 10
2171 msKds-SecretAgreementAlgorithmID 12
2172 msKds-SecretAgreementParam 10
2173 msKds-PublicKeyLength 9
2174 msKds-PrivateKeyLength 9
2175 msKds-RootKeyData 10
2176 msKds-Version 9
2177 msKds-DomainID 1
2178 msKds-UseStartTime 16
2179 msKds-CreateTime 16
2180 msImaging-ThumbprintHash 10
2181 msImaging-HashAlgorithm 12
2182 msDS-AllowedToActOnBehalfOfOtherIdentity 15
2183 msDS-GeoCoordinatesAltitude 16
2184 msDS-GeoCoordinatesLatitude 16
2185 msDS-GeoCoordinatesLongitude 16
2186 msDS-IsPossibleValuesPresent 8
2187 msDS-ValueTypeReference 1
2188 msDS-ValueTypeReferenceBL 1
2189 msDS-TransformationRules 12
2190 msDS-TransformationRulesCompiled 10
2191 msDS-IngressClaimsTransformationPolicy 1
2192 msDS-EgressClaimsTransformationPolicy 1
2193 msDS-TDOIngressBL 1
2194 msDS-TDOEgressBL 1
2195 msDS-AppliesToResourceTypes 12
2196 msDS-ManagedPassword 10
2197 msDS-ManagedPasswordId 10
2198 msDS-ManagedPasswordPreviousId 10
2199 msDS-ManagedPasswordInterval 9
2200 msDS-GroupMSAMembership 15
2203 msDS-parentdistname 1
2213 msDS-RIDPoolAllocationEnabled 8
2214 msDS-cloudExtensionAttribute1 12
2215 msDS-cloudExtensionAttribute2 12
2216 msDS-cloudExtensionAttribute3 12
2217 msDS-cloudExtensionAttribute4 12
2218 msDS-cloudExtensionAttribute5 12
2219 msDS-cloudExtensionAttribute6 12
2220 msDS-cloudExtensionAttribute7 12
2221 msDS-cloudExtensionAttribute8 12
2222 msDS-cloudExtensionAttribute9 12
2223 msDS-cloudExtensionAttribute10 12
2224 msDS-cloudExtensionAttribute11 12
2225 msDS-cloudExtensionAttribute12 12
2226 msDS-cloudExtensionAttribute13 12
2227 msDS-cloudExtensionAttribute14 12
2228 msDS-cloudExtensionAttribute15 12
2229 msDS-cloudExtensionAttribute16 12
2230 msDS-cloudExtensionAttribute17 12
2231 msDS-cloudExtensionAttribute18 12
2232 msDS-cloudExtensionAttribute19 12
2233 msDS-cloudExtensionAttribute20 12
2234 netbootDUID 10
2235 msDS-ReplValueMetaDataExt 12
2236 msds-memberOfTransitive 1
2238 msds-memberTransitive 1
2240 msDS-IssuerCertificates 10
2241 msDS-RegistrationQuota 9
2242 msDS-MaximumRegistrationInactivityPeriod 9
2248 msDS-IsEnabled 8
2249 msDS-DeviceOSType 12
2250 msDS-DeviceOSVersion 12
2251 msDS-DevicePhysicalIDs 12
2252 msDS-DeviceID 10
2257 msDS-DeviceObjectVersion 9
2258 msDS-RegisteredOwner 10
2261 msDS-DeviceLocation 1
2262 msDS-ApproximateLastLogonTimeStamp 16
2263 msDS-RegisteredUsers 10
2265 msDS-DrsFarmID 12
2269 msDS-IssuerPublicCertificates 10
2270 msDS-IsManaged 8
2271 msDS-CloudIsManaged 8
2273 msDS-CloudAnchor 10
2274 msDS-CloudIssuerPublicCertificates 10
2275 msDS-CloudIsEnabled 8
2276 msDS-SyncServerUrl 12
2277 msDS-UserAllowedToAuthenticateTo 10
2278 msDS-UserAllowedToAuthenticateFrom 10
2279 msDS-UserTGTLifetime 16
2280 msDS-ComputerAllowedToAuthenticateTo 10
2281 msDS-ComputerTGTLifetime 16
2282 msDS-ServiceAllowedToAuthenticateTo 10
2283 msDS-ServiceAllowedToAuthenticateFrom 10
2284 msDS-ServiceTGTLifetime 16
2285 msDS-AssignedAuthNPolicySilo 1
2286 msDS-AssignedAuthNPolicySiloBL 1
2287 msDS-AuthNPolicySiloMembers 1
2288 msDS-AuthNPolicySiloMembersBL 1
2289 msDS-UserAuthNPolicy 1
2290 msDS-UserAuthNPolicyBL 1
2291 msDS-ComputerAuthNPolicy 1
2292 msDS-ComputerAuthNPolicyBL 1
2293 msDS-ServiceAuthNPolicy 1
2294 msDS-ServiceAuthNPolicyBL 1
2295 msDS-AssignedAuthNPolicy 1
2296 msDS-AssignedAuthNPolicyBL 1
2297 msDS-AuthNPolicyEnforced 8
2298 msDS-AuthNPolicySiloEnforced 8
2308 msDS-DeviceMDMStatus 12
2310 msDS-ExternalDirectoryObjectId 12
2314 msDS-IsCompliant 8
2315 msDS-KeyId 10
2316 msDS-KeyMaterial 10
2317 msDS-KeyUsage 12
2318 msDS-KeyPrincipal 1
2319 msDS-KeyPrincipalBL 1
2320 msDS-DeviceDN 12
2321 msDS-ComputerSID 17
2322 msDS-CustomKeyInformation 10
2323 msDS-KeyApproximateLastLogonTimeStamp 16
2324 msDS-ShadowPrincipalSid 17
2325 msDS-DeviceTrustType 9
2328 msDS-KeyCredentialLink 7
2329 msDS-KeyCredentialLink-BL 1
2344 msDS-ExpirePasswordsOnSmartCardOnlyAccounts 8
2345 msds-tokenGroupNames 1
2346 msds-tokenGroupNamesGlobalAndUniversal 1
2347 msds-tokenGroupNamesNoGCAcceptable 1
2348 msDS-UserAllowedNTLMNetworkAuthentication 8
2349 msDS-ServiceAllowedNTLMNetworkAuthentication 8
2350 msDS-StrongNTLMPolicy 9
2352 msDS-SourceAnchor 12
2353 msDS-ObjectSoa 12
2366 msDS-preferredDataLocation 12
1.2.840.113556.1.5:
1 securityObject
2 samDomainBase
3 samDomain
4 builtinDomain
5 samServer
6 securityPrincipal
8 group
9 user
10 classRegistration
11 comConnectionPoint
12 configuration
14 connectionPoint
15 contact
17 server
18 domainPolicy
20 leaf
23 printQueue
24 remoteMailRecipient
26 rpcProfileElement
27 rpcEntry
28 secret
29 serviceClass
30 serviceInstance
31 site
33 storage
34 trustedDomain
36 volume
42 dfsConfiguration
43 fTDfs
44 classStore
49 packageRegistration
52 fileLinkTracking
53 typeLibrary
59 fileLinkTrackingEntry
66 domain
67 domainDNS
68 applicationSiteSettings
69 nTDSSiteSettings
71 nTDSConnection
72 nTDSService
73 rpcServerElement
74 categoryRegistration
76 foreignSecurityPrincipal
77 controlAccessRight
78 licensingSiteSettings
80 rpcGroup
81 rpcServer
82 rpcProfile
83 rIDManager
84 displaySpecifier
85 dnsZone
86 dnsNode
89 nTFRSSettings
90 linkTrackVolumeTable
91 linkTrackObjectMoveTable
92 linkTrackVolEntry
93 linkTrackOMTEntry
94 serviceAdministrationPoint
95 subnetContainer
96 subnet
97 physicalLocation
98 ipsecPolicy
102 nTFRSReplicaSet
104 meeting
106 queryPolicy
107 sitesContainer
118 ipsecFilter
119 ipsecNegotiationPolicy
120 ipsecISAKMPPolicy
121 ipsecNFA
125 addressBookContainer
126 serviceConnectionPoint
129 rIDSet
130 indexServerCatalog
132 dHCPClass
136 rpcContainer
137 aCSPolicy
138 aCSSubnet
139 lostAndFound
140 interSiteTransportContainer
141 interSiteTransport
146 remoteStorageServicePoint
147 siteLink
148 siteLinkBridge
150 rRASAdministrationConnectionPoint
151 intellimirrorSCP
152 intellimirrorGroup
153 nTFRSMember
154 nTFRSSubscriptions
155 nTFRSSubscriber
156 rRASAdministrationDictionary
157 groupPolicyContainer
161 mSMQQueue
162 mSMQConfiguration
163 mSMQEnterpriseSettings
164 mSMQSiteLink
165 mSMQSettings
175 infrastructureUpdate
176 msExchConfigurationContainer
177 pKICertificateTemplate
178 pKIEnrollmentService
179 mSMQMigratedUser
183 dSUISettings
184 mS-SQL-SQLServer
185 mS-SQL-OLAPServer
186 mS-SQL-SQLRepository
187 mS-SQL-SQLPublication
188 mS-SQL-SQLDatabase
189 mS-SQL-OLAPDatabase
190 mS-SQL-OLAPCube
191 aCSResourceLimits
193 msCOM-Partition
194 msCOM-PartitionSet
195 msPKI-Key-Recovery-Agent
196 msPKI-Enterprise-Oid
200 msWMI-PolicyTemplate
201 msWMI-SimplePolicyTemplate
202 msWMI-MergeablePolicyTemplate
203 msWMI-RangeParam
204 msWMI-UnknownRangeParam
205 msWMI-IntRangeParam
206 msWMI-IntSetParam
207 msWMI-UintRangeParam
208 msWMI-UintSetParam
209 msWMI-RealRangeParam
210 msWMI-StringSetParam
211 msWMI-PolicyType
212 msWMI-ShadowObject
213 msWMI-Som
214 msWMI-Rule
215 msWMI-WMIGPO
216 applicationVersion
217 msWMI-ObjectEncoding
218 msMQ-Custom-Recipient
219 msMQ-Group
220 msDS-App-Configuration
221 msTAPI-RtConference
222 msTAPI-RtPerson
223 msPKI-PrivateKeyRecoveryAgent
234 msDS-AzAdminManager
235 msDS-AzApplication
236 msDS-AzOperation
237 msDS-AzScope
238 msDS-AzTask
239 msDS-AzRole
240 msieee80211-Policy
241 msDS-AppData
242 msDS-QuotaContainer
243 msDS-QuotaControl
251 ms-net-ieee-80211-GroupPolicy
252 ms-net-ieee-8023-GroupPolicy
253 msFVE-RecoveryInformation
254 nTDSDSARO
255 msDS-PasswordSettings
256 msDS-PasswordSettingsContainer
257 msDFS-NamespaceAnchor
258 msDFS-Namespacev2
259 msDFS-Linkv2
260 msDFS-DeletedLinkv2
262 msImaging-PSPs
263 msImaging-PostScanProcess
264 msDS-ManagedServiceAccount
265 msDS-OptionalFeature
266 msSPP-ActivationObjectsContainer
267 msSPP-ActivationObject
269 msDS-ClaimTypePropertyBase
270 msDS-ClaimTypes
271 msDS-ResourceProperties
272 msDS-ClaimType
273 msDS-ResourceProperty
274 msDS-ResourcePropertyList
275 msTPM-InformationObject
276 msTPM-InformationObjectsContainer
277 msKds-ProvServerConfiguration
278 msKds-ProvRootKey
279 msDS-ValueType
280 msDS-ClaimsTransformationPolicyType
281 msDS-ClaimsTransformationPolicies
282 msDS-GroupManagedServiceAccount
283 msDS-CloudExtensions
284 msDS-DeviceRegistrationService
286 msDS-Device
287 msDS-DeviceRegistrationServiceContainer
289 msDS-DeviceContainer
291 msDS-AuthNPolicySilos
292 msDS-AuthNPolicySilo
293 msDS-AuthNPolicies
294 msDS-AuthNPolicy
297 msDS-KeyCredential
298 msDS-ShadowPrincipalContainer
299 msDS-ShadowPrincipal
300 dnsZoneScopeContainer
301 dnsZoneScope
1.2.840.113556.1.5.7000:
47 nTDSDSA
48 serversContainer
49 applicationSettings
53 crossRefContainer
56 ipsecBase
1.2.840.113556.1.6.13.3:
1 msDFSR-Version 12
2 msDFSR-Extension 10
3 msDFSR-RootPath 12
4 msDFSR-RootSizeInMb 16
5 msDFSR-StagingPath 12
6 msDFSR-StagingSizeInMb 16
7 msDFSR-ConflictPath 12
8 msDFSR-ConflictSizeInMb 16
9 msDFSR-Enabled 8
10 msDFSR-ReplicationGroupType 9
11 msDFSR-TombstoneExpiryInMin 9
12 msDFSR-FileFilter 12
13 msDFSR-DirectoryFilter 12
14 msDFSR-Schedule 10
15 msDFSR-Keywords 12
16 msDFSR-Flags 9
17 msDFSR-Options 9
18 msDFSR-ContentSetGuid 10
19 msDFSR-RdcEnabled 8
20 msDFSR-RdcMinFileSizeInKb 16
21 msDFSR-DfsPath 12
22 msDFSR-RootFence 9
23 msDFSR-ReplicationGroupGuid 10
24 msDFSR-DfsLinkTarget 12
25 msDFSR-Priority 9
26 msDFSR-DeletedPath 12
27 msDFSR-DeletedSizeInMb 16
28 msDFSR-ReadOnly 8
29 msDFSR-CachePolicy 9
30 msDFSR-MinDurationCacheInMin 9
31 msDFSR-MaxAgeInCacheInMin 9
32 msDFSR-DisablePacketPrivacy 8
34 msDFSR-DefaultCompressionExclusionFilter 12
35 msDFSR-OnDemandExclusionFileFilter 12
36 msDFSR-OnDemandExclusionDirectoryFilter 12
37 msDFSR-Options2 9
38 msDFSR-CommonStagingPath 12
39 msDFSR-CommonStagingSizeInMb 16
40 msDFSR-StagingCleanupTriggerInPercent 9
100 msDFSR-MemberReference 1
101 msDFSR-ComputerReference 1
102 msDFSR-MemberReferenceBL 1
103 msDFSR-ComputerReferenceBL 1
1.2.840.113556.1.6.13.4:
1 msDFSR-LocalSettings
2 msDFSR-Subscriber
3 msDFSR-Subscription
4 msDFSR-GlobalSettings
5 msDFSR-ReplicationGroup
6 msDFSR-Content
7 msDFSR-ContentSet
8 msDFSR-Topology
9 msDFSR-Member
10 msDFSR-Connection
1.2.840.113556.1.6.18.1:
300 msSFU30SearchContainer 12
301 msSFU30KeyAttributes 12
302 msSFU30FieldSeparator 12
303 msSFU30IntraFieldSeparator 12
304 msSFU30SearchAttributes 12
305 msSFU30ResultAttributes 12
306 msSFU30MapFilter 12
307 msSFU30MasterServerName 12
308 msSFU30OrderNumber 12
309 msSFU30Name 5
323 msSFU30Aliases 5
324 msSFU30KeyValues 5
339 msSFU30NisDomain 5
340 msSFU30Domains 5
341 msSFU30YpServers 5
342 msSFU30MaxGidNumber 9
343 msSFU30MaxUidNumber 9
345 msSFU30NSMAPFieldPosition 5
346 msSFU30PosixMember 1
347 msSFU30PosixMemberOf 1
348 msSFU30NetgroupHostAtDomain 5
349 msSFU30NetgroupUserAtDomain 5
350 msSFU30IsValidContainer 9
352 msSFU30CryptMethod 5
1.2.840.113556.1.6.18.2:
211 msSFU30MailAliases
212 msSFU30NetId
215 msSFU30DomainInfo
216 msSFU30NetworkUser
217 msSFU30NISMapConfig
1.2.840.113556.1.6.23:
2 msPrint-ConnectionPolicy
1.3.6.1.1.1.1:
0 uidNumber 9
1 gidNumber 9
2 gecos 5
3 unixHomeDirectory 5
4 loginShell 5
5 shadowLastChange 9
6 shadowMin 9
7 shadowMax 9
8 shadowWarning 9
9 shadowInactive 9
10 shadowExpire 9
11 shadowFlag 9
12 memberUid 5
13 memberNisNetgroup 5
14 nisNetgroupTriple 5
15 ipServicePort 9
16 ipServiceProtocol 5
17 ipProtocolNumber 9
18 oncRpcNumber 9
19 ipHostNumber 5
20 ipNetworkNumber 5
21 ipNetmaskNumber 5
22 macAddress 5
23 bootParameter 5
24 bootFile 5
26 nisMapName 5
27 nisMapEntry 5
1.3.6.1.1.1.2:
0 posixAccount
1 shadowAccount
2 posixGroup
3 ipService
4 ipProtocol
5 oncRpc
6 ipHost
7 ipNetwork
8 nisNetgroup
9 nisMap
10 nisObject
11 ieee802Device
12 bootableDevice
1.3.6.1.4.1.1466.101.119:
2 dynamicObject
3 entryTTL 9
1.3.6.1.4.1.250.1:
57 labeledURI 12
2.16.840.1.113730.3:
140 userSMIMECertificate 10
2.16.840.1.113730.3.1:
1 carLicense 12
2 departmentNumber 12
34 middleName 12
35 thumbnailPhoto 10
36 thumbnailLogo 10
39 preferredLanguage 12
216 userPKCS12 10
2.16.840.1.113730.3.2:
2 inetOrgPerson
2.5.18:
1 createTimeStamp 11
2 modifyTimeStamp 11
10 subSchemaSubEntry 1
2.5.20:
1 subSchema
2.5.21:
2 dITContentRules 12
5 attributeTypes 12
6 objectClasses 12
9 structuralObjectClass 2
2.5.4:
0 objectClass 2
2 knowledgeInformation 4
3 cn 12
4 sn 12
5 serialNumber 5
6 c 12
7 l 12
8 st 12
9 street 12
10 o 12
11 ou 12
12 title 12
13 description 12
14 searchGuide 10
15 businessCategory 12
16 postalAddress 12
17 postalCode 12
18 postOfficeBox 12
19 physicalDeliveryOfficeName 12
20 telephoneNumber 12
21 telexNumber 10
22 teletexTerminalIdentifier 10
23 facsimileTelephoneNumber 12
24 x121Address 6
25 internationalISDNNumber 6
26 registeredAddress 10
27 destinationIndicator 5
28 preferredDeliveryMethod 9
29 presentationAddress 13
30 supportedApplicationContext 10
31 member 1
32 owner 1
33 roleOccupant 1
34 seeAlso 1
35 userPassword 10
36 userCertificate 10
37 cACertificate 10
38 authorityRevocationList 10
39 certificateRevocationList 10
40 crossCertificatePair 10
42 givenName 12
43 initials 12
44 generationQualifier 12
45 x500uniqueIdentifier 10
49 distinguishedName 1
50 uniqueMember 1
51 houseIdentifier 12
53 deltaRevocationList 10
58 attributeCertificateAttribute 10
2.5.6:
0 top
2 country
3 locality
4 organization
5 organizationalUnit
6 person
7 organizationalPerson
8 organizationalRole
9 groupOfNames
10 residentialPerson
11 applicationProcess
12 applicationEntity
13 dSA
14 device
16 certificationAuthority
17 groupOfUniqueNames
19 cRLDistributionPoint
`;
