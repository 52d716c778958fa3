namespace NetSuperd.Windows.Files;

/// <summary>What an object on a path is for that path: the rights that would change where the path leads depend on it.</summary>
public enum FileKind
{
    /// <summary>A file.</summary>
    File,

    /// <summary>The root folder of a volume, on the way: it can be neither removed nor renamed.</summary>
    Root,

    /// <summary>The root folder of a volume, where it holds the last name.</summary>
    LastRoot,

    /// <summary>Another folder on the way.</summary>
    Folder,

    /// <summary>The folder that holds the last name, or a folder that is itself what the path leads to.</summary>
    LastFolder,

    /// <summary>A symbolic link or a junction to a file.</summary>
    FileLink,

    /// <summary>A symbolic link or a junction to a folder.</summary>
    FolderLink,
}
