// The smallest Gradle project that uses stsw: gradle run
plugins { application }

repositories {
    // Where the library was deployed; not needed for one from Maven Central.
    (findProperty("stswRepository") as String?)?.let { maven(it) }
    mavenCentral()
}

dependencies {
    implementation(platform("dev.stsw:stsw-bom:" + (findProperty("stswVersion") ?: "0.1.0-SNAPSHOT")))
    implementation("dev.stsw:stsw")
}

java { toolchain { languageVersion = JavaLanguageVersion.of(25) } }

application { mainClass = "example.Example" }
