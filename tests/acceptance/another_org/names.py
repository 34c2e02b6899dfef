"""The other company's names for everything: what another_org/*.toml maps (fictional)."""

from agent.sandbox.rename import Renames

RENAMES: dict[str, Renames] = {
    "Service_Level_Intervention__c": {
        "object": "Rescue__c",
        "fields": {
            "SLI_Number__c": "Case_No__c",
            "SLI_Created_Date__c": "Filed_On__c",
            "Incident_Date__c": "Happened_On__c",
            "Service_Incident_Type__c": "Kind__c",
            "Client_Status__c": "Family_Light__c",
            "Referral_Status__c": "Partner_Light__c",
            "Client_Intervention_Plan__c": "Family_Steps__c",
            "Referral_Intervention_Plan__c": "Partner_Steps__c",
            "Client_Exception_Until__c": "Family_Extended_To__c",
            "Client_Exception_Reason__c": "Family_Extended_Why__c",
            "Referral_Exception_Until__c": "Partner_Extended_To__c",
            "Referral_Exception_Reason__c": "Partner_Extended_Why__c",
            "Recovery_Step_1__c": "Rung_1__c",
            "Recovery_Step_2__c": "Rung_2__c",
            "Recovery_Step_3__c": "Rung_3__c",
            "Recovery_Step_4__c": "Rung_4__c",
            "Recovery_Step_5__c": "Rung_5__c",
            "Recovery_Step_6__c": "Rung_6__c",
            "RD_Aligned__c": "Leader_Agrees__c",
            "RSM_Aligned__c": "Carer_Agrees__c",
            "RSC_Aligned__c": "Coach_Agrees__c",
            "Client_Second_Follow_Up__c": "Family_Once_More__c",
            "Referral_Second_Follow_Up__c": "Partner_Once_More__c",
            "Client_Plan_Due__c": "A1__c",
            "Client_Plan_State__c": "A2__c",
            "Client_Resolution_Due__c": "A3__c",
            "Client_Resolution_State__c": "A4__c",
            "Client_Handling_Score__c": "A5__c",
            "Referral_Plan_Due__c": "B1__c",
            "Referral_Plan_State__c": "B2__c",
            "Referral_Resolution_Due__c": "B3__c",
            "Referral_Resolution_State__c": "B4__c",
            "Referral_Handling_Score__c": "B5__c",
            "Last_Alert_At__c": "Told_Last__c",
            "Office__c": "Branch__c",
            "Client__c": "Family__c",
            "Referral_Account__c": "Source__c",
        },
        "values": {
            "Client_Status__c": {
                "Green": "Saved",
                "Yellow": "Act now",
                "Orange": "On hold",
                "Red": "Lost",
                "N/A": "Not involved",
            },
            "Referral_Status__c": {
                "Green": "Saved",
                "Orange": "At risk",
                "Red": "Lost",
                "N/A": "Not involved",
            },
        },
    },
    "Office__c": {
        "object": "Branch__c",
        "fields": {
            "Time_Zone__c": "Clock__c",
            "Region__c": "Area__c",
            "Regional_Director__c": "Leader__c",
            "Regional_CSM__c": "Carer_In_Chief__c",
        },
    },
    "Region__c": {
        "object": "Area__c",
        "fields": {
            "Division_Head__c": "Chief__c",
        },
    },
    "Account": {
        "fields": {
            "CC_Location__c": "Nearest_Branch__c",
        },
    },
    "Client__c": {
        "object": "Family__c",
        "fields": {
            "Office__c": "Branch__c",
            "CSM__c": "Carer__c",
        },
    },
    "SLI_Agent_Notice__c": {
        "object": "Robot_Memo__c",
        "fields": {
            "Key__c": "Mark__c",
            "Intervention__c": "About__c",
            "Rule__c": "Topic__c",
            "Side__c": "Which__c",
            "Due__c": "Until__c",
            "Stage__c": "Round__c",
            "Claimed_By__c": "Held_By__c",
            "Outcome__c": "Ended__c",
            "Reason__c": "Because__c",
            "Told_At__c": "Said_At__c",
            "Told__c": "Said_To__c",
        },
    },
    "SLI_Agent_Decision__c": {
        "object": "Robot_Word__c",
        "fields": {
            "Key__c": "Mark__c",
            "Kind__c": "Sort__c",
            "About__c": "Matter__c",
            "By__c": "Speaker__c",
            "Reason__c": "Because__c",
            "At__c": "Said_At__c",
            "Until__c": "Holds_To__c",
            "Data__c": "Rest__c",
        },
    },
    "SLI_Agent_Settings__c": {
        "object": "Robot_Setup__c",
        "fields": {
            "Key__c": "Mark__c",
            "Org_Id__c": "Company__c",
            "Go_Live__c": "Awake_Since__c",
            "Rules_Effective__c": "Rules_Since__c",
            "Epoch__c": "Life__c",
        },
    },
}
